import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { Connector } from '../spec/connector.js';
import type { Format } from '../spec/format.js';
import type { ModelRuntime } from '../spec/model-runtime.js';
import type { Provider } from '../spec/provider.js';
import type { Store } from '../spec/store.js';
import { ABSENT, ABSENT_NAMES, absentError } from './absent-extensions.js';

/** What a session can reach, by name; each is loaded when it is first used. */
export interface Extensions {
  readonly connectors: Readonly<Record<string, () => Promise<Connector>>>;
  readonly formats: Readonly<Record<string, () => Promise<Format>>>;
  readonly providers: Readonly<Record<string, () => Promise<Provider>>>;
  readonly runtimes: Readonly<Record<string, () => Promise<ModelRuntime>>>;
  readonly stores: Readonly<Record<string, () => Promise<Store>>>;
}

type Loaded<Kind extends keyof Extensions> = Awaited<ReturnType<Extensions[Kind][string]>>;

/** The kinds that SQL names; a store is found by its address, a runtime by the model file. */
type Kind = Exclude<keyof Extensions, 'stores' | 'runtimes'>;

/**
 * An extension as far as a check needs it: of the registry, or one of `ABSENT`, which only declares what is known.
 *
 * @throws {MillraceError} `UNKNOWN_EXTENSION`, without a span.
 */
export async function declaredExtension<K extends Kind>(extensions: Extensions, kind: K, name: string): Promise<Loaded<K>> {
  const load = Object.hasOwn(extensions[kind], name) ? extensions[kind][name] : undefined;
  if (load) return (await load()) as Loaded<K>;
  const absent = ABSENT[kind](name);
  if (absent) return absent as Loaded<K>;
  const known = Object.keys(extensions[kind]);
  const suggestion = nearest(name, [...known, ...ABSENT_NAMES[kind]]);
  throw new MillraceError({
    code: 'UNKNOWN_EXTENSION',
    message: `there is no ${kind.slice(0, -1)} "${name}"`,
    notes: [{ message: suggestion === undefined ? `there are ${known.join(', ')}` : `did you mean "${suggestion}"?` }],
  });
}

/** Loads an extension of the registry. @throws {MillraceError} `UNKNOWN_EXTENSION`, or `UNSUPPORTED` for one of `ABSENT`, without a span. */
export async function loadExtension<K extends Kind>(extensions: Extensions, kind: K, name: string): Promise<Loaded<K>> {
  if (!Object.hasOwn(extensions[kind], name) && ABSENT[kind](name))
    throw absentError(kind.slice(0, -1) as Parameters<typeof absentError>[0], name);
  return declaredExtension(extensions, kind, name);
}
