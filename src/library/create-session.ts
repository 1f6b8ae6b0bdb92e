import { randomUUID } from 'node:crypto';
import { systemClock } from '../common/clock.js';
import { awsKeySource } from '../config/aws-keys.js';
import { processEnvironment } from '../config/environment.js';
import { extensions as ownExtensions } from '../extensions.js';
import type { Extensions } from '../session/extensions.js';
import type { SessionHost } from '../session/host.js';
import { moduleLoader } from '../session/module-loader.js';
import { Session as StatementSession } from '../session/session.js';
import type { BigintForm } from '../spec/to-js.js';
import { Session } from './library-session.js';
import { ModelCache } from './otter/model-cache.js';
import { RegisteredTables } from './registered-tables.js';

/** What a session takes from its program; everything has a default. */
export interface SessionOptions extends Partial<Omit<SessionHost, 'loadModule' | 'extensions'>> {
  /** What the session can reach; default: everything of this package. `register…` adds to it. */
  readonly extensions?: Partial<Extensions>;
  /** Where the modules of CREATE FUNCTION start; default: the working directory. */
  readonly baseDirectory?: string;
  /** As SET: settings by key. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How BIGINT is handed out: `bigint` (default), `number`, which fails beyond the safe integers, or `string`. */
  readonly bigints?: BigintForm;
  /** Keeps the checkpoints of INSERT jobs here, so that they go on where they were; default: nothing survives the process. */
  readonly stateDirectory?: string;
}

/** More than any model may have in flight; the runtime's own limit is what counts. */
const HTTP_CONNECTIONS = 1_024;

/**
 * SQL in this process. Close it, or declare it with `await using`.
 *
 * @throws {MillraceError} `UNKNOWN_OPTION` or `INVALID_OPTION` for wrong settings.
 */
export function createSession(options: SessionOptions = {}): Session {
  const { extensions: given, baseDirectory = process.cwd(), settings = {}, bigints = 'bigint', stateDirectory, ...host } = options;
  const tables = new RegisteredTables();
  // Objects of this session's own, since it adds to them.
  const extensions = {
    connectors: { ...(given?.connectors ?? ownExtensions.connectors), [tables.connector.name]: () => Promise.resolve(tables.connector) },
    formats: { ...(given?.formats ?? ownExtensions.formats) },
    providers: { ...(given?.providers ?? ownExtensions.providers) },
    runtimes: { ...(given?.runtimes ?? ownExtensions.runtimes) },
    stores: { ...(given?.stores ?? ownExtensions.stores) },
  };
  const warn = host.warn ?? ((message: string): void => process.emitWarning(message, 'MillraceWarning'));
  const session = new StatementSession({
    environment: processEnvironment(),
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    output: { write: text => written(text) },
    openHttp: async () => (await import('../kit/http-transport.js')).createHttpTransport({ connections: HTTP_CONNECTIONS }),
    warn,
    awsKeys: awsKeySource({ warn }),
    engines: ModelCache.getInstance(),
    ...host,
    extensions,
    loadModule: moduleLoader(baseDirectory),
  });
  for (const [key, value] of Object.entries(settings)) session.set(key, value);
  return new Session({ session, extensions, tables, bigints, stateDirectory });
}

/** To stdout; done when it takes more. */
function written(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, error => (error ? reject(error) : resolve()));
  });
}
