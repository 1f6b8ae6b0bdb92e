import type { z } from 'zod';
import type { Clock } from '../common/clock.js';
import type { MillraceError } from '../common/error.js';
import type { Batch, Column } from './batch.js';
import type { Field } from './data-type.js';
import type { OpenModelFile } from './model-runtime.js';
import type { OptionSchema, Secret } from './option.js';

/** What a model does; decides which wire call a provider makes. */
export type ModelTask = 'chat-completion' | 'messages' | 'text-generation' | 'embedding' | 'classification' | 'regression' | 'clustering';

export interface ModelCall {
  /** Aborted on timeout, job stop or the loss of the last waiting row. */
  readonly signal: AbortSignal;
  /** Stable across retries of the same inputs; send it where the service takes an idempotency key. */
  readonly callId: string;
  /** Why the last answer to these inputs was rejected, where this call asks again: a sentence that the model may be told. */
  readonly rejection?: string | undefined;
}

/** Tokens billed for a call. */
export interface Usage {
  /** All input tokens, those below included, whatever the service counts as its "input tokens". */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of the input that came from the service's prompt cache; absent where it is not told. */
  readonly cachedInputTokens?: number;
  /** Part of the input that was written into the service's prompt cache; absent where it is not told. */
  readonly cacheWriteTokens?: number;
  /** Part of the output that was hidden reasoning; absent where it is not told. */
  readonly reasoningTokens?: number;
}

/**
 * What a limit of a service counts, over a minute. `tokens` counts input and output together; `input-tokens` leaves out what
 * came from the service's prompt cache.
 */
export type LimitKind = 'requests' | 'tokens' | 'input-tokens' | 'output-tokens';

/** What a service told about one of its limits in the headers of an answer. Absent members were not told. */
export interface RateLimit {
  readonly kind: LimitKind;
  /** Most in a minute. */
  readonly limit?: number;
  /** What is left now. */
  readonly remaining?: number;
  /** Milliseconds until `remaining` is back at `limit`. */
  readonly resetMs?: number;
}

/** At most one entry a kind; empty where nothing was told. */
export type RateLimitReport = readonly RateLimit[];

/** How many tokens rows are expected to take. Estimates: the runtime corrects them by the usage that comes back. */
export interface TokenEstimate {
  /** Input tokens that one row (from 0) adds to a call. */
  ofRow(inputs: Batch, row: number): number;
  /** Input tokens of every call besides those of its rows. */
  readonly ofCall: number;
  /** Output tokens that the service sets aside for one row when it admits a call; 0 where it counts what was used. */
  readonly outputOfRow: number;
  /** Most input and output tokens of one call, by the model's context window; absent where that is not known. */
  readonly maxOfCall?: number | undefined;
}

export interface ModelResult {
  /** One column per OUTPUT column, in declared order and of the declared types; all of the same length. */
  readonly outputs: readonly Column[];
  /** For each output row the input row (from 0) it answers, ascending; absent when output row i answers input row i. */
  readonly inputOf?: Uint32Array;
  /** Inputs that have no answer although the call as a whole succeeded; they have no output row. */
  readonly failures?: ReadonlyMap<number, MillraceError>;
  readonly usage?: Usage | undefined;
  readonly rateLimit?: RateLimitReport | undefined;
  /** The service's own id of the request, for support cases. */
  readonly requestId?: string | undefined;
}

/**
 * A model opened from one `CREATE MODEL`.
 *
 * Holds no state between calls. Batching, retry, rate limits, the cache and the journal belong to the inference
 * runtime; a model makes exactly one attempt.
 */
export interface Model {
  /** Most inputs one call accepts. The runtime never sends more, nor an empty batch. */
  readonly maxInputsPerCall: number;
  /** Identifies what answers: the version of a model file, or the model id of a service. */
  readonly version: string;
  /**
   * Identifies what the service's rate limits apply to: endpoint, credential and model, hashed by `quotaOf` of the kit.
   * Models with the same one share one limiter. Absent where there is no service.
   */
  readonly quota?: string | undefined;
  /** What a language or embedding model is asked for, as OpenTelemetry's conventions name it; for metrics. */
  readonly operation?: 'chat' | 'embeddings' | undefined;
  /** Whether equal inputs have equal answers, so that one may stand for the other; false when absent. */
  readonly isRepeatable?: boolean | undefined;
  /** Absent for models that do not count tokens. */
  readonly tokens?: TokenEstimate | undefined;

  /** SHA-256 of a model file of which a copy is kept, by which the very same model can be opened again. */
  readonly pin?: string | undefined;
  /** Other versions of it; absent for models that have one. Those of the first version that was opened serve for all that follow. */
  readonly versions?: ModelVersions | undefined;

  /**
   * Runs the model over one batch, whose columns are the INPUT columns in declared order and of the declared types.
   *
   * @throws {MillraceError} with `retry` set, and `context.httpStatus` where there was a response.
   * Anything else counts as a defect and is not retried.
   */
  predict(inputs: Batch, call: ModelCall): Promise<ModelResult>;

  /** Called after the last call has settled; once, but for a model with `versions`, whose second call does nothing. */
  close?(): Promise<void>;
}

/** The versions of a model that is replaced while it runs. Each is a `Model` like the first: bound, tried, and its receiver's to close. */
export interface ModelVersions {
  /** Hands over each new version, until the returned function is called. */
  subscribe(onModel: (next: Model) => void): () => void;
  /** Opens the version of a `Model.pin`; `undefined` where no copy is left. @throws {MillraceError} as `Provider.openModel`. */
  open(pin: string): Promise<Model | undefined>;
}

/** The HTTP side of a provider: one exchange, no retry, no redirect. */
export interface HttpTransport {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent in place of `body`; the transport does not keep it after the request. */
  readonly bytes?: Uint8Array;
  /** How the body of a 2xx answer is wanted: `body` by default, or `bytes`, or piece by piece as a `stream`. */
  readonly answerAs?: 'body' | 'bytes' | 'stream';
  /** Most bytes of an answer that is taken as a whole; a longer one is refused. No bound when absent; a stream has none. */
  readonly maxBytes?: number | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there are `bytes`. */
  readonly body: string;
  /** The body of a 2xx answer to a request for bytes; the caller's. */
  readonly bytes?: Uint8Array;
  /**
   * The body of a 2xx answer to a request for a stream: iterated once, to its end or until the loop is left, else it keeps a
   * connection. Throws as `request` does when it is cut off.
   */
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** Keys that sign requests to AWS. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Of keys that expire. */
  readonly sessionToken?: Secret | undefined;
}

export interface AwsKeyQuery {
  /** Of the shared configuration files; the process's own choice when absent. */
  readonly profile?: string | undefined;
  /** Where roles are assumed, if the profile does not say. */
  readonly region: string;
}

/**
 * Finds keys where AWS's tools look for them: environment, profiles, SSO, web identity, the container, the machine.
 *
 * Keeps what it found and renews it before it expires, so it is asked before every call.
 *
 * @throws {MillraceError} `MISSING_OPTION` where there are none, `UNAUTHORIZED` where AWS refuses to give some, `UNREACHABLE`
 * with `retry: 'backoff'` where nobody answered.
 */
export type AwsKeySource = (query: AwsKeyQuery) => Promise<AwsKeys>;

/** A `CREATE MODEL` with its options checked. */
export interface ModelContext<Options> {
  /** The model's name, for messages. */
  readonly name: string;
  readonly options: Options;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  /** The only way out to the network, so that tests and proxies can stand in for it. */
  readonly http: HttpTransport;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Keys that the process has of its own; absent where it lends none, and options must bring them. */
  readonly awsKeys?: AwsKeySource | undefined;
  /** Loads what `'provider' = 'local'` runs. */
  readonly openModelFile: OpenModelFile;
}

/** What the runtime assumes where the options say nothing. */
export interface RuntimeDefaults {
  /** Rows in one call. */
  readonly batchSize: number;
  /** How long a call waits for its batch to fill, in milliseconds. */
  readonly batchTimeoutMs: number;
  /** Calls in flight at once. */
  readonly maxConcurrentRequests: number;
}

/** How to reach models of one kind. */
export interface Provider<Options extends OptionSchema = OptionSchema> {
  /** The value of `'provider'` in `CREATE MODEL`. */
  readonly name: string;
  readonly options: Options;
  readonly defaults: RuntimeDefaults;
  /** Whether its models run files, so that the options of all runtimes are taken; false when absent. */
  readonly runsFiles?: boolean | undefined;
  /**
   * Checks INPUT and OUTPUT against the options and opens the model.
   *
   * @throws {MillraceError} `MODEL_SCHEMA`, `MODEL_LOAD`, `FILE_NOT_FOUND`, `MISSING_PACKAGE` or `INVALID_OPTION`.
   */
  openModel(context: ModelContext<z.output<Options>>): Model | Promise<Model>;
}

export function defineProvider<Options extends OptionSchema>(provider: Provider<Options>): Provider<Options> {
  return provider;
}
