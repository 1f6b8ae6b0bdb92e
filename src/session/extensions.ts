import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { Connector } from '../spec/connector.js';
import type { Format } from '../spec/format.js';
import type { ModelRuntime, Provider } from '../spec/provider.js';

/** What a session can reach, by name; each is loaded when it is first used. */
export interface Extensions {
  readonly connectors: Readonly<Record<string, () => Promise<Connector>>>;
  readonly formats: Readonly<Record<string, () => Promise<Format>>>;
  readonly providers: Readonly<Record<string, () => Promise<Provider>>>;
  readonly runtimes: Readonly<Record<string, () => Promise<ModelRuntime>>>;
}

type Loaded<Kind extends keyof Extensions> = Awaited<ReturnType<Extensions[Kind][string]>>;

/** Loads an extension. @throws {MillraceError} `UNKNOWN_EXTENSION`, without a span. */
export async function loadExtension<Kind extends keyof Extensions>(
  extensions: Extensions,
  kind: Kind,
  name: string,
): Promise<Loaded<Kind>> {
  const load = Object.hasOwn(extensions[kind], name) ? extensions[kind][name] : undefined;
  if (load) return (await load()) as Loaded<Kind>;
  const known = Object.keys(extensions[kind]);
  const suggestion = nearest(name, known);
  throw new MillraceError({
    code: 'UNKNOWN_EXTENSION',
    message: `there is no ${kind.slice(0, -1)} "${name}"`,
    notes: [{ message: suggestion === undefined ? `there are ${known.join(', ')}` : `did you mean "${suggestion}"?` }],
  });
}
