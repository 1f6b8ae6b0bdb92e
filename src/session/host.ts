import type { Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import type { Environment } from '../config/secret-source.js';
import { LimiterPool } from '../inference/limiter-pool.js';
import type { Meter } from '../telemetry/meter.js';
import type { OutputStream } from '../spec/connector.js';
import type { EngineStore } from '../spec/inference-engine.js';
import type { AwsKeySource, HttpTransport } from '../spec/provider.js';
import type { Extensions } from './extensions.js';
import type { ModuleLoader } from './module-loader.js';

/** What a session takes from the process it runs in. */
export interface SessionHost {
  readonly extensions: Extensions;
  readonly environment: Environment;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Unique each time. */
  readonly newId: () => string;
  /** Where `print` writes. */
  readonly output: OutputStream;
  /** Called once, when the first model needs the network; the session closes it. */
  readonly openHttp: () => Promise<HttpTransport & { close(): Promise<void> }>;
  /** Keys of this process for AWS; absent to lend scripts none. */
  readonly awsKeys?: AwsKeySource | undefined;
  /** Loads the modules that CREATE FUNCTION names, each when it is named. */
  readonly loadModule: ModuleLoader;
  /** Limits of services, shared by all sessions that are given the same; absent for limits of the session alone. */
  readonly limiters?: LimiterPool | undefined;
  /** Engines that ml_score and tables that are models find by name, shared with the program; absent for those of the session alone. */
  readonly engines?: EngineStore | undefined;
  /** Takes events for those who operate the program, without secrets; absent for none. */
  readonly log?: Logger | undefined;
  /** Of an SDK of OpenTelemetry: takes the metrics of `docs/reference/metrics.md`; absent for none. */
  readonly meter?: Meter | undefined;
  /** A line for people that is no result, such as a setting without effect. */
  readonly warn: (message: string) => void;
  /** Names of rewrite rules that plans do without, for tests that compare the rows; see `OPTIONAL_RULES`. */
  readonly withoutRules?: ReadonlySet<string> | undefined;
}

export { LimiterPool };
