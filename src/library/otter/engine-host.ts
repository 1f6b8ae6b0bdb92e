import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../common/clock.js';
import { SILENT } from '../../common/logger.js';
import { awsKeySource } from '../../config/aws-keys.js';
import { processEnvironment } from '../../config/environment.js';
import { sessionOptions } from '../../config/session-options.js';
import { extensions } from '../../extensions.js';
import { ModelLoader } from '../../loader/model-loader.js';
import { modelCacheLimits } from '../../session/model-cache-limits.js';
import type { ModelRuntime } from '../../spec/model-runtime.js';
import type { HttpTransport } from '../../spec/provider.js';

/** What engines of model files take from outside. */
export interface EngineHost {
  readonly clock: Clock;
  /** All there are. */
  runtimes(): Promise<readonly ModelRuntime[]>;
  readonly loader: ModelLoader;
  /** Called once, after the last model has been given back. */
  close(): Promise<void>;
}

/** Connections at once, for models that are fetched. */
const CONNECTIONS = 16;

/** The machine's clock and network, the runtimes of this package, and the folder of fetched models that sessions use too. */
export function createEngineHost(): EngineHost {
  const environment = processEnvironment();
  let loaded: Promise<readonly ModelRuntime[]> | undefined;
  let http: Promise<HttpTransport & { close(): Promise<void> }> | undefined;
  const openHttp = async (): Promise<HttpTransport & { close(): Promise<void> }> =>
    (await import('../../kit/http-transport.js')).createHttpTransport({ connections: CONNECTIONS });
  const runtimes = (): Promise<readonly ModelRuntime[]> => (loaded ??= Promise.all(Object.values(extensions.runtimes).map(load => load())));
  const loader = new ModelLoader({
    runtimes,
    http: { request: async request => (await (http ??= openHttp())).request(request) },
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    awsKeys: awsKeySource({ warn: message => process.emitWarning(message, 'MillraceWarning') }),
    log: SILENT,
    limits: () => modelCacheLimits(sessionOptions.parse({}), environment),
  });
  return {
    clock: systemClock,
    runtimes,
    loader,
    async close() {
      await loader.close();
      await (await http)?.close();
    },
  };
}
