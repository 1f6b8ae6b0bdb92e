/** One thing that is measured, as it is declared to OpenTelemetry. */
export interface Instrument {
  /** `gen_ai.*` as OpenTelemetry's conventions for generative AI name it, else `millrace.*`. */
  readonly name: string;
  /** Counters and gauges are read when somebody looks; `event` counters and histograms are told as things happen. */
  readonly kind: 'counter' | 'event-counter' | 'gauge' | 'histogram';
  /** By UCUM. */
  readonly unit: string;
  readonly doc: string;
  readonly attributes: readonly AttributeName[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** Every attribute of an instrument, with what its value says. */
export const ATTRIBUTES = {
  'millrace.model': 'the name of CREATE MODEL',
  'millrace.job': 'the name of the job',
  'millrace.operator': "the operator's id, as EXPLAIN and errors have it",
  'millrace.table': 'the table of a source or sink',
  'millrace.outcome': '`answered`, `loaded` of a model file, or the code of the error after which a call was given up',
  'millrace.fate': 'what became of a row: `answered`, `skipped`, `nulled`, `failed`, `dead_lettered`',
  'millrace.source': 'where an answer was: `cache`, `in_flight` for an equal row that was being asked, `journal` of an earlier start',
  'millrace.limit': 'what a bucket counts: `requests`, `tokens`, `input-tokens`, `output-tokens`',
  'millrace.status': 'how a job ended: `finished`, `stopped`, `failed`, `cancelled`',
  'gen_ai.provider.name': "the service: `openai`, `azure.ai.openai`, `anthropic`, `aws.bedrock`; else the value of `'provider'`",
  'gen_ai.operation.name': '`chat` or `embeddings`',
  'gen_ai.request.model': 'the model id that the service knows',
  'gen_ai.token.type': '`input` or `output`; in `millrace.model.tokens` also their parts `cached_input` and `reasoning`',
  'millrace.phase': 'part of a load: `resolving`, `downloading`, `verifying`, `parsing`',
  'millrace.result': '`hit` for a model that was open already, else `miss`',
  'millrace.version': 'what the content of a model file makes its version',
  'error.type': 'the code of the error; absent for an answer',
} as const;

export type AttributeName = keyof typeof ATTRIBUTES;

const MODEL = ['millrace.model', 'gen_ai.provider.name'] as const;
const GEN_AI = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model'] as const;
const OPERATOR = ['millrace.job', 'millrace.operator', 'millrace.table', 'millrace.model'] as const;

/** The conventions recommend these; https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics */
const GEN_AI_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const GEN_AI_TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

/** From a run of a local model to a wait for a quota. */
const SECONDS = [0.000_1, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
const BYTES = [1_024, 16_384, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456, 1_073_741_824];

/** Everything that is measured of models. */
export const MODEL_INSTRUMENTS = {
  operationDuration: {
    name: 'gen_ai.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Time of one request to a language or embedding model, from sending to the whole answer; retries are requests of their own.',
    attributes: [...GEN_AI, 'millrace.model', 'error.type'],
    buckets: GEN_AI_SECONDS,
  },
  tokenUsage: {
    name: 'gen_ai.client.token.usage',
    kind: 'histogram',
    unit: '{token}',
    doc: 'Tokens of one request, as the service counted them.',
    attributes: [...GEN_AI, 'millrace.model', 'gen_ai.token.type'],
    buckets: GEN_AI_TOKENS,
  },
  queueDuration: {
    name: 'millrace.model.queue.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Wait of the oldest row of a call: for the others, and for the limiter to let the call start, by slots, buckets or the end of a throttle.',
    attributes: MODEL,
    buckets: SECONDS,
  },
  limiterDuration: {
    name: 'millrace.model.limiter.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Wait of an attempt at the limiter that repeats another; 0 for first ones, whose rows wait in the queue.',
    attributes: MODEL,
    buckets: SECONDS,
  },
  attemptDuration: {
    name: 'millrace.model.attempt.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Time of one attempt at any model: a request, or a run of a local model.',
    attributes: [...MODEL, 'error.type'],
    buckets: SECONDS,
  },
  callDuration: {
    name: 'millrace.model.call.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Time of a call in all, from the submission of its oldest row, with every wait and retry.',
    attributes: [...MODEL, 'error.type'],
    buckets: SECONDS,
  },
  batchSize: {
    name: 'millrace.model.batch.size',
    kind: 'histogram',
    unit: '{row}',
    doc: 'Rows of a call.',
    attributes: MODEL,
    buckets: ROWS,
  },
  calls: {
    name: 'millrace.model.calls',
    kind: 'counter',
    unit: '{call}',
    doc: 'Calls that came to their end; a row that was given up alone in an answered call counts as one too.',
    attributes: [...MODEL, 'millrace.outcome'],
  },
  rows: {
    name: 'millrace.model.rows',
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows that left the model, each with one fate.',
    attributes: [...MODEL, 'millrace.fate'],
  },
  hits: {
    name: 'millrace.model.hits',
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows that were answered without a call.',
    attributes: [...MODEL, 'millrace.source'],
  },
  fallbacks: {
    name: 'millrace.model.fallbacks',
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows for which the model of `fallback.model` was asked.',
    attributes: MODEL,
  },
  attempts: {
    name: 'millrace.model.attempts',
    kind: 'counter',
    unit: '{attempt}',
    doc: 'Times that the model was asked, throttled ones included: the requests that a service sees.',
    attributes: MODEL,
  },
  retries: {
    name: 'millrace.model.retries',
    kind: 'counter',
    unit: '{attempt}',
    doc: 'Attempts that repeated a failed one; throttled ones are not failed.',
    attributes: MODEL,
  },
  throttles: {
    name: 'millrace.model.throttles',
    kind: 'counter',
    unit: '{attempt}',
    doc: 'Attempts that the service put off because of its limits.',
    attributes: MODEL,
  },
  splits: {
    name: 'millrace.model.splits',
    kind: 'counter',
    unit: '{call}',
    doc: 'Calls that were cut in two because they were refused as a whole.',
    attributes: MODEL,
  },
  tokens: {
    name: 'millrace.model.tokens',
    kind: 'counter',
    unit: '{token}',
    doc: 'Tokens that the service counted, of bad answers too. `cached_input` is part of `input`, `reasoning` part of `output`.',
    attributes: [...MODEL, 'gen_ai.token.type'],
  },
  cost: {
    name: 'millrace.model.cost',
    kind: 'counter',
    unit: '{usd}',
    doc: 'What the calls cost by the known prices, in US dollars; absent for models without one.',
    attributes: MODEL,
  },
  inFlight: {
    name: 'millrace.model.in_flight',
    kind: 'gauge',
    unit: '{attempt}',
    doc: 'Attempts under way.',
    attributes: MODEL,
  },
  concurrencyLimit: {
    name: 'millrace.model.concurrency.limit',
    kind: 'gauge',
    unit: '{attempt}',
    doc: 'Attempts that may be under way now: `max-concurrent-requests`, less after throttles.',
    attributes: MODEL,
  },
  bucketLevel: {
    name: 'millrace.model.bucket.level',
    kind: 'gauge',
    unit: '1',
    doc: 'What is left of a limit per minute; below 0 where calls used more than was foreseen.',
    attributes: [...MODEL, 'millrace.limit'],
  },
  bucketLimit: {
    name: 'millrace.model.bucket.limit',
    kind: 'gauge',
    unit: '1',
    doc: 'What the limiter spends in a minute at most: by the options a little less than they say, else what the service told.',
    attributes: [...MODEL, 'millrace.limit'],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

/** Everything that is measured of jobs. */
export const JOB_INSTRUMENTS = {
  rowsIn: {
    name: 'millrace.operator.rows.in',
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows that came into an operator; of a source, the rows it read.',
    attributes: OPERATOR,
  },
  rowsOut: {
    name: 'millrace.operator.rows.out',
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows that left an operator for the next one.',
    attributes: OPERATOR,
  },
  lateRows: {
    name: 'millrace.operator.rows.late',
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows that came after their window had fired, and were dropped.',
    attributes: OPERATOR,
  },
  lookups: {
    name: 'millrace.operator.lookups',
    kind: 'counter',
    unit: '{lookup}',
    doc: 'Times that a lookup join asked its table, those that failed included.',
    attributes: OPERATOR,
  },
  lookupKeys: {
    name: 'millrace.operator.lookup.keys',
    kind: 'counter',
    unit: '{key}',
    doc: 'Keys that a lookup join asked its table for, again after a failure.',
    attributes: OPERATOR,
  },
  lookupRetries: {
    name: 'millrace.operator.lookup.retries',
    kind: 'counter',
    unit: '{lookup}',
    doc: 'Lookups that repeated a failed one.',
    attributes: OPERATOR,
  },
  skippedRecords: {
    name: 'millrace.operator.records.skipped',
    kind: 'counter',
    unit: '{record}',
    doc: 'Malformed records that a source passed over.',
    attributes: OPERATOR,
  },
  busyTime: {
    name: 'millrace.operator.busy.time',
    kind: 'counter',
    unit: 's',
    doc: 'Time in which an operator computed; what a source or sink waits for, and what models take, does not count.',
    attributes: OPERATOR,
  },
  backpressuredTime: {
    name: 'millrace.operator.backpressured.time',
    kind: 'counter',
    unit: 's',
    doc: 'Time in which an operator might not send its next batch, because one behind it had no room.',
    attributes: OPERATOR,
  },
  watermark: {
    name: 'millrace.operator.watermark',
    kind: 'gauge',
    unit: 's',
    doc: 'The last watermark that an operator sent, in seconds since 1970; absent before the first one and behind the end of the input.',
    attributes: OPERATOR,
  },
  watermarkLag: {
    name: 'millrace.operator.watermark.lag',
    kind: 'gauge',
    unit: 's',
    doc: 'How far that watermark is behind the clock.',
    attributes: OPERATOR,
  },
  backlogBytes: {
    name: 'millrace.source.backlog.size',
    kind: 'gauge',
    unit: 'By',
    doc: 'Bytes that a source has not read, where it knows.',
    attributes: OPERATOR,
  },
  backlogRecords: {
    name: 'millrace.source.backlog.records',
    kind: 'gauge',
    unit: '{record}',
    doc: 'Records that a source has not read, where it knows.',
    attributes: OPERATOR,
  },
  checkpointDuration: {
    name: 'millrace.checkpoint.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Time of a checkpoint, from its trigger to the last commit; the count is that of completed checkpoints.',
    attributes: ['millrace.job'],
    buckets: SECONDS,
  },
  checkpointSize: {
    name: 'millrace.checkpoint.size',
    kind: 'histogram',
    unit: 'By',
    doc: 'Bytes that a checkpoint stored; only with durable state.',
    attributes: ['millrace.job'],
    buckets: BYTES,
  },
  checkpointFailures: {
    name: 'millrace.checkpoint.failures',
    kind: 'event-counter',
    unit: '{checkpoint}',
    doc: 'Checkpoints that could not be saved or committed; each ends its job.',
    attributes: ['millrace.job'],
  },
  restores: {
    name: 'millrace.job.restores',
    kind: 'event-counter',
    unit: '{restore}',
    doc: 'Starts of a job from a checkpoint of an earlier start.',
    attributes: ['millrace.job'],
  },
  jobsRunning: {
    name: 'millrace.jobs.running',
    kind: 'gauge',
    unit: '{job}',
    doc: 'Jobs that run now.',
    attributes: [],
  },
  jobsEnded: {
    name: 'millrace.jobs.ended',
    kind: 'event-counter',
    unit: '{job}',
    doc: 'Jobs that came to their end.',
    attributes: ['millrace.status'],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

/** Everything that is measured of model files. */
export const LOADER_INSTRUMENTS = {
  loads: {
    name: 'millrace.loader.loads',
    kind: 'event-counter',
    unit: '{load}',
    doc: 'Model files that were fetched and read, or could not be.',
    attributes: ['millrace.outcome'],
  },
  loadDuration: {
    name: 'millrace.loader.load.duration',
    kind: 'histogram',
    unit: 's',
    doc: 'Time of each part of a load that succeeded.',
    attributes: ['millrace.phase'],
    buckets: SECONDS,
  },
  fetchedBytes: {
    name: 'millrace.loader.fetched',
    kind: 'event-counter',
    unit: 'By',
    doc: 'Bytes of model files that came from other machines, or were copied.',
    attributes: [],
  },
  lookups: {
    name: 'millrace.loader.lookups',
    kind: 'event-counter',
    unit: '{lookup}',
    doc: 'Requests for a model file, by whether it was open.',
    attributes: ['millrace.result'],
  },
  evictions: {
    name: 'millrace.loader.evictions',
    kind: 'event-counter',
    unit: '{model}',
    doc: 'Models that were closed because nobody used them for long, or for room.',
    attributes: [],
  },
  swaps: {
    name: 'millrace.loader.swaps',
    kind: 'event-counter',
    unit: '{swap}',
    doc: 'New versions that running jobs were given; each takes over at the next barrier.',
    attributes: ['millrace.model'],
  },
  activeVersion: {
    name: 'millrace.loader.version',
    kind: 'gauge',
    unit: '1',
    doc: 'The version of a model that was opened last, in an attribute; the value is 1.',
    attributes: ['millrace.model', 'millrace.version'],
  },
  openModels: {
    name: 'millrace.loader.models',
    kind: 'gauge',
    unit: '{model}',
    doc: 'Model files that are open, in use or not.',
    attributes: [],
  },
  openBytes: {
    name: 'millrace.loader.models.size',
    kind: 'gauge',
    unit: 'By',
    doc: 'What they keep in memory, as far as it is known.',
    attributes: [],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

/** The name of an instrument or attribute as Prometheus has it. A histogram's lines end in `_bucket`, `_sum` and `_count` besides. */
export function prometheusName({ name, kind }: Pick<Instrument, 'name'> & { readonly kind?: Instrument['kind'] }): string {
  const base = name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return kind === 'counter' || kind === 'event-counter' ? `${base}_total` : base;
}
