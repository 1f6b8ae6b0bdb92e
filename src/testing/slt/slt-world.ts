import { MillraceError } from '../../common/error.js';
import { extensions } from '../../extensions.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import type { Provider } from '../../spec/provider.js';
import type { Connector } from '../../spec/connector.js';
import { moduleLoader } from '../../session/module-loader.js';
import { Session } from '../../session/session.js';
import { createFakeClock, type FakeClock } from '../fake-clock.js';
import { Activity } from './activity.js';
import { createCollections, type Collections } from './collect-connector.js';
import { createFeeds, type Feeds } from './feed-connector.js';
import { observeExtensions } from './observe-extensions.js';
import { createScripts, type Scripts } from './script-provider.js';
import type { SltMode } from './slt-file.js';

/** A session and everything around it that a test holds in its hand. */
export interface SltWorld {
  readonly session: Session;
  readonly clock: FakeClock;
  readonly activity: Activity;
  readonly feeds: Feeds;
  readonly collections: Collections;
  readonly scripts: Scripts;
  close(): Promise<void>;
}

/** Splits of a feed in the mode `splits`. */
const SPLITS = 3;

/**
 * A world in which all extensions work, time stands still, random numbers are all 0.5, and no variable is set.
 *
 * @param withoutRule name of a rewrite rule that plans do without.
 */
export function createSltWorld(mode: SltMode, withoutRule?: string): SltWorld {
  const clock = createFakeClock();
  const activity = new Activity();
  const feeds = createFeeds({ splits: mode === 'splits' ? SPLITS : 1, now: clock.now });
  const collections = createCollections();
  const scripts = createScripts(clock);
  const observed = observeExtensions(extensions, activity);
  const connectors: Record<string, Connector> = { feed: feeds.connector, collect: collections.connector };
  const providers: Record<string, Provider> = { script: scripts.provider };
  const loadModule = moduleLoader(process.cwd());
  let ids = 0;
  const session = new Session({
    extensions: {
      ...observed,
      connectors: { ...observed.connectors, ...loaders(connectors) },
      providers: { ...observed.providers, ...loaders(providers) },
    },
    environment: {},
    clock,
    random: () => 0.5,
    newId: () => `id-${++ids}`,
    output: { write: () => undefined },
    openHttp: () => Promise.resolve(createHttpTransport({ connections: 8 })),
    loadModule: specifier => activity.track(() => loadModule(specifier)),
    warn: () => undefined,
    withoutRules: withoutRule === undefined ? undefined : new Set([withoutRule]),
  });
  return { session, clock, activity, feeds, collections, scripts, close: () => session.close() };
}

/** How far the clock moves at once while something ends. */
const STEP_MS = 100;
/** More than any call may take by default. */
const LONGEST_MS = 600_000;

/** What `action` gives, while the clock moves on as far as it needs. @throws {MillraceError} `TIMEOUT` after ten minutes. */
export async function passTime<T>(what: string, action: Promise<T>, { clock, activity }: SltWorld): Promise<T> {
  let isOver = false;
  const settled = action.finally(() => {
    isOver = true;
  });
  settled.catch(() => {});
  await activity.rest();
  for (let passed = 0; !isOver; passed += STEP_MS) {
    if (passed >= LONGEST_MS) throw new MillraceError({ code: 'TIMEOUT', message: `${what} did not come to an end` });
    await clock.advance(STEP_MS);
    await activity.rest();
  }
  return settled;
}

function loaders<T>(loaded: Readonly<Record<string, T>>): Record<string, () => Promise<T>> {
  return Object.fromEntries(Object.entries(loaded).map(([name, each]) => [name, () => Promise.resolve(each)]));
}
