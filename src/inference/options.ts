import { z } from 'zod';
import { MillraceError } from '../common/error.js';
import type { BatchFallback } from './batch-lanes.js';
import type { Recovery } from './journal-stage.js';
import type { ConfiguredLimits } from './limit-buckets.js';
import { duration, flag, integer, list, number, oneOf, option } from '../spec/option.js';
import type { RuntimeDefaults } from '../spec/provider.js';

export type OnError = 'fail' | 'skip' | 'null' | 'dead_letter';

/** `ignore` is Flink's: it drops the row, unless a column takes the reason. */
type OnErrorWord = OnError | 'ignore';

/** The second line is Flink's `error-handling-strategy`: there too, retries come first. */
const ON_ERROR_WORDS: Readonly<Record<string, OnErrorWord>> = {
  fail: 'fail',
  skip: 'skip',
  null: 'null',
  retry: 'fail',
  failover: 'fail',
  ignore: 'ignore',
  dead_letter: 'dead_letter',
  'dead-letter': 'dead_letter',
};

const onError = z
  .string()
  .meta({ format: 'enum:fail|skip|null|dead_letter' })
  .transform((text, context): OnErrorWord => {
    const word = ON_ERROR_WORDS[text.trim().toLowerCase()];
    if (word !== undefined) return word;
    context.addIssue({ code: 'custom', message: `expected one of "fail", "skip", "null", "dead_letter", found "${text}"` });
    return z.NEVER;
  });

const statusCodes = list().transform((words, context): ReadonlySet<number> => {
  const codes = words.map(Number);
  if (codes.every(code => Number.isInteger(code) && code >= 100 && code <= 599)) return new Set(codes);
  context.addIssue({ code: 'custom', message: `expected HTTP statuses separated by ",", found "${words.join(',')}"` });
  return z.NEVER;
});

/** Options that every model has, whatever its provider: how the runtime calls it. */
export const runtimeOptions = z.object({
  async: option(flag().optional(), {
    doc: 'Whether several calls run at once; false makes one call at a time.',
    aliases: ['async.enabled'],
  }),
  'max-concurrent-requests': option(integer({ min: 1 }).optional(), {
    doc: "Most calls in flight at once; the provider's default when absent. Throttling lowers the number for a while.",
    aliases: ['max_concurrent_requests', 'max.concurrent.requests', 'max-concurrent-operations'],
  }),
  'ordered-output': option(flag().optional(), {
    doc: 'Whether rows leave in input order; true unless set here or by output-mode.',
    aliases: ['ordered_output', 'ordered.output'],
  }),
  'output-mode': option(oneOf('ORDERED', 'ALLOW_UNORDERED').optional(), { doc: "Flink's form of ordered-output." }),
  'request-timeout': option(duration().prefault('30 s'), {
    doc: 'Longest time of one attempt.',
    aliases: ['request_timeout', 'request.timeout', 'request.timeout.ms'],
  }),
  timeout: option(duration().prefault('3 min'), {
    doc: 'Longest time of a call with its retries; waiting for a rate limit does not count.',
    aliases: ['async.timeout-ms'],
  }),
  'max-retries': option(integer({ min: 0 }).prefault('3'), {
    doc: 'Attempts after the first one; throttled attempts do not count.',
    aliases: ['max_retries', 'max.retries', 'retry.max-attempts', 'retry-num'],
  }),
  'retry.on-codes': option(statusCodes.prefault('408,409,424,429,500,502,503,504,529'), {
    doc: 'HTTP statuses after which a call is tried again; network errors always are.',
    aliases: ['retry.on_codes', 'retry.on.codes'],
  }),
  'retry.initial-delay': option(duration().prefault('500 ms'), {
    doc: 'Upper bound of the random wait before the first retry.',
    aliases: ['retry.initial_delay', 'retry.initial.delay', 'retry.backoff-ms', 'retry-initial-backoff'],
  }),
  'retry.max-delay': option(duration().prefault('30 s'), {
    doc: 'Largest upper bound of the wait before a retry.',
    aliases: ['retry.max_delay', 'retry.max.delay', 'retry-max-backoff'],
  }),
  'retry.multiplier': option(number({ min: 1 }).prefault('2'), { doc: 'Growth of the upper bound from one retry to the next.' }),
  'on-error': option(onError.optional(), {
    doc: 'What becomes of a row whose call failed for good: fail stops the job, skip drops and counts the row, null gives NULL outputs, dead_letter drops the row and writes it to dead-letter.target. Without it null where an OUTPUT column takes the reason, else fail.',
    aliases: ['on_error', 'on.error', 'error-handling-strategy'],
  }),
  'batch.size': option(integer({ min: 1 }).optional(), {
    doc: "Rows in one call; the provider's default when absent.",
    aliases: ['batch_size', 'batch-size'],
  }),
  'batch.timeout': option(duration().optional(), {
    doc: "How long a call waits for its rows; the provider's default when absent.",
    aliases: ['batch_timeout', 'batch.timeout.ms', 'batch.timeout-ms'],
  }),
  'batch.fallback': option(oneOf('individual', 'retry', 'error').prefault('individual'), {
    doc: 'What becomes of rows that a call of several rows left without a readable answer: individual asks for them in smaller calls, then one by one; retry asks once more in a call of the same size; error leaves them to on-error.',
    aliases: ['batch_fallback'],
  }),
  'throttle.timeout': option(duration().optional(), {
    doc: 'Longest time that a call waits because its service throttles; then on-error. Without it the call waits as long as it takes.',
    aliases: ['throttle_timeout'],
  }),
  'rate-limit.requests-per-minute': option(integer({ min: 1 }).optional(), {
    doc: 'Most calls in a minute, of all models with the same endpoint, key and model together; what the service tells when absent.',
    aliases: ['rate_limit.requests_per_minute', 'rate-limit.rpm'],
  }),
  'rate-limit.tokens-per-minute': option(integer({ min: 1 }).optional(), {
    doc: 'Most input and output tokens in a minute, as for requests.',
    aliases: ['rate_limit.tokens_per_minute', 'rate-limit.tpm'],
  }),
  'cache.enabled': option(flag().optional(), {
    doc: 'Whether equal rows share one answer; true where the model says that it repeats itself (temperature 0, embeddings), else false.',
    aliases: ['cache_enabled'],
  }),
  'cache.ttl': option(duration().prefault('30 min'), { doc: 'How long an answer is shared.', aliases: ['cache_ttl'] }),
  'cache.ttl-minutes': option(integer({ min: 1 }).optional(), { doc: 'cache.ttl in minutes.', aliases: ['cache.ttl.minutes'] }),
  'cache.max-rows': option(integer({ min: 1 }).prefault('10000'), {
    doc: 'Most answers that are shared at a time; the least recently used leave first.',
    aliases: ['cache_max_rows', 'cache.max.rows'],
  }),
  'budget.max-cost': option(number({ min: 0 }).optional(), {
    doc: 'Most US dollars that the calls of the model may cost, by the known prices; needs a price of the model.',
    aliases: ['budget_max_cost', 'budget.max.cost'],
  }),
  'budget.max-tokens': option(integer({ min: 1 }).optional(), {
    doc: 'Most input and output tokens of the calls of the model.',
    aliases: ['budget_max_tokens', 'budget.max.tokens'],
  }),
  'budget.window': option(duration().optional(), {
    doc: 'The time that a budget is for, from its first call on; the life of the process when absent.',
    aliases: ['budget_window'],
  }),
  'budget.action': option(oneOf('pause', 'fail', 'fallback').prefault('pause'), {
    doc: 'What a spent budget does: pause lets rows wait for the next window, fail stops the job, fallback asks fallback.model.',
    aliases: ['budget_action'],
  }),
  recovery: option(oneOf('at-least-once', 'at-most-once').prefault('at-least-once'), {
    doc: 'After a crash, rows whose call was under way: at-least-once sends them again, at-most-once gives them to on-error, since they may have been paid for. Has an effect with --state.',
  }),
});

export type RuntimeOptions = z.output<typeof runtimeOptions>;

/** What the parts of the runtime work with: options and the provider's defaults put together. */
export interface RuntimeSettings {
  readonly ordered: boolean;
  /** Most calls in flight. */
  readonly maxCalls: number;
  /** Rows of a full call. */
  readonly batchSize: number;
  readonly batchTimeoutMs: number;
  readonly batchFallback: BatchFallback;
  readonly onError: OnError;
  readonly retry: RetrySettings;
  /** What options say of the service's limits. */
  readonly limits: ConfiguredLimits;
  readonly recovery: Recovery;
  /** Absent where equal rows are separate calls. */
  readonly cache: CacheSettings | undefined;
}

export interface CacheSettings {
  readonly maxRows: number;
  readonly ttlMs: number;
  /** Whether the model gives other answers to equal rows, and the user wants them to share one all the same. */
  readonly isUnusual: boolean;
}

export interface RetrySettings {
  /** Longest time of one attempt. */
  readonly attemptMs: number;
  /** Longest time of all attempts and the waits between them. */
  readonly totalMs: number;
  /** Longest time that a throttled call waits; `Infinity` for no bound. */
  readonly throttleMs: number;
  readonly maxRetries: number;
  readonly retryStatuses: ReadonlySet<number>;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
}

export interface SettingsInit {
  /** The model's name, for messages. */
  readonly model: string;
  readonly options: RuntimeOptions;
  readonly defaults: RuntimeDefaults;
  readonly maxInputsPerCall: number;
  /** Whether an OUTPUT column takes the reason of a failure. */
  readonly hasErrorColumn: boolean;
  /** As `Model.isRepeatable`. */
  readonly isRepeatable: boolean;
}

/** @throws {MillraceError} `INVALID_OPTION` for options that contradict each other or the model. */
export function resolveSettings({
  model,
  options,
  defaults,
  maxInputsPerCall,
  hasErrorColumn,
  isRepeatable,
}: SettingsInit): RuntimeSettings {
  const batchSize = options['batch.size'];
  if (batchSize !== undefined && batchSize > maxInputsPerCall) {
    const most = maxInputsPerCall === 1 ? '1 input' : `${maxInputsPerCall} inputs`;
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"batch.size" is ${batchSize}, and a call of model "${model}" takes at most ${most}`,
      notes: [
        {
          message: `leave "batch.size" out, or set it to at most ${maxInputsPerCall}; "max-concurrent-requests" says how many calls run at once`,
        },
      ],
    });
  }
  return {
    ordered: resolveOrder(options),
    maxCalls: options.async === false ? 1 : (options['max-concurrent-requests'] ?? defaults.maxConcurrentRequests),
    batchSize: batchSize ?? Math.min(defaults.batchSize, maxInputsPerCall),
    batchTimeoutMs: options['batch.timeout'] ?? defaults.batchTimeoutMs,
    batchFallback: options['batch.fallback'],
    limits: limitsOf(options),
    recovery: options.recovery,
    cache: resolveCache(options, isRepeatable),
    onError: resolveOnError(options, hasErrorColumn),
    retry: {
      attemptMs: options['request-timeout'],
      totalMs: options.timeout,
      throttleMs: options['throttle.timeout'] ?? Infinity,
      maxRetries: options['max-retries'],
      retryStatuses: options['retry.on-codes'],
      initialDelayMs: options['retry.initial-delay'],
      maxDelayMs: options['retry.max-delay'],
      multiplier: options['retry.multiplier'],
    },
  };
}

function resolveOnError({ 'on-error': word }: RuntimeOptions, hasErrorColumn: boolean): OnError {
  if (word === undefined) return hasErrorColumn ? 'null' : 'fail';
  return word === 'ignore' ? (hasErrorColumn ? 'null' : 'skip') : word;
}

function limitsOf({
  'rate-limit.requests-per-minute': requests,
  'rate-limit.tokens-per-minute': tokens,
}: RuntimeOptions): ConfiguredLimits {
  return { ...(requests !== undefined && { requests }), ...(tokens !== undefined && { tokens }) };
}

/** Whether equal rows share one answer. @param isRepeatable as `Model.isRepeatable`. */
export function isCached(options: Pick<RuntimeOptions, 'cache.enabled'>, isRepeatable = false): boolean {
  return options['cache.enabled'] ?? isRepeatable;
}

function resolveCache(options: RuntimeOptions, isRepeatable: boolean): CacheSettings | undefined {
  if (!isCached(options, isRepeatable)) return undefined;
  const minutes = options['cache.ttl-minutes'];
  return {
    maxRows: options['cache.max-rows'],
    ttlMs: minutes === undefined ? options['cache.ttl'] : minutes * 60_000,
    isUnusual: !isRepeatable,
  };
}

function resolveOrder({ 'ordered-output': ordered, 'output-mode': mode }: RuntimeOptions): boolean {
  if (mode === undefined) return ordered ?? true;
  const byMode = mode === 'ORDERED';
  if (ordered === undefined || ordered === byMode) return byMode;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `"ordered-output" is "${ordered}" and "output-mode" is "${mode}"`,
    notes: [{ message: 'leave one of them out' }],
  });
}
