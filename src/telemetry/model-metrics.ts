import type { BucketLevel, CallObserver, LimitGauges } from '../inference/call-observer.js';
import type { ModelUsage, RowFate } from '../inference/usage.js';
import { MODEL_INSTRUMENTS } from './instruments.js';
import { makeInstruments, type Attributes, type MadeInstruments, type Meter, type Observe } from './meter.js';

/** What the metrics of a model are called by. */
export interface MeasuredModel {
  /** Of CREATE MODEL. */
  readonly name: string;
  /** The value of `'provider'`. */
  readonly provider: string;
  /** Of a language or embedding model. */
  readonly operation?: 'chat' | 'embeddings' | undefined;
  /** As `Model.version`. */
  readonly version: string;
}

/** The conventions' names of services that have another one here. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = { 'azure-openai': 'azure.ai.openai', bedrock: 'aws.bedrock' };

interface WatchedModel {
  readonly attributes: Attributes;
  /** Of each predictor that is open. */
  readonly gauges: LimitGauges[];
}

/** The metrics of all models of a session. */
export class ModelMetrics {
  readonly #made: MadeInstruments<typeof MODEL_INSTRUMENTS>;
  readonly #usage: () => ReadonlyMap<string, ModelUsage>;
  /** Each model that was opened, by name. */
  readonly #models = new Map<string, WatchedModel>();
  readonly #endReading: () => void;

  /** @param usage what each model did so far, by name. */
  constructor(meter: Meter, usage: () => ReadonlyMap<string, ModelUsage>) {
    this.#made = makeInstruments(meter, MODEL_INSTRUMENTS);
    this.#usage = usage;
    this.#endReading = this.#made.onRead(observe => this.#read(observe));
  }

  /** Watches the calls of one call site. */
  observer(model: MeasuredModel): CallObserver {
    const attributes = { 'millrace.model': model.name, 'gen_ai.provider.name': PROVIDER_NAMES[model.provider] ?? model.provider };
    const entry: WatchedModel = this.#models.get(model.name) ?? { attributes, gauges: [] };
    this.#models.set(model.name, entry);
    return callObserver(this.#made, attributes, model, gauges => {
      entry.gauges.push(gauges);
      return () => void entry.gauges.splice(entry.gauges.indexOf(gauges), 1);
    });
  }

  close(): void {
    this.#endReading();
  }

  #read(observe: Observe<typeof MODEL_INSTRUMENTS>): void {
    for (const [name, usage] of this.#usage()) {
      const model = this.#models.get(name);
      if (model === undefined) continue;
      readUsage(usage, model.attributes, observe);
      // Predictors that share a limiter show the same gauges, which count once.
      readGauges([...new Set(model.gauges)], model.attributes, observe);
    }
  }
}

const FATES: Readonly<Record<RowFate, string>> = {
  answered: 'answered',
  skipped: 'skipped',
  nulled: 'nulled',
  deadLettered: 'dead_lettered',
  failed: 'failed',
};

function readUsage(usage: ModelUsage, attributes: Attributes, observe: Observe<typeof MODEL_INSTRUMENTS>): void {
  observe('calls', usage.answeredCalls, { ...attributes, 'millrace.outcome': 'answered' });
  for (const [code, { calls }] of Object.entries(usage.failures)) observe('calls', calls, { ...attributes, 'millrace.outcome': code });
  for (const [fate, label] of Object.entries(FATES))
    observe('rows', usage.rows[fate as RowFate], { ...attributes, 'millrace.fate': label });
  observe('hits', usage.cacheHits, { ...attributes, 'millrace.source': 'cache' });
  observe('hits', usage.sharedAnswers, { ...attributes, 'millrace.source': 'in_flight' });
  observe('hits', usage.journalHits, { ...attributes, 'millrace.source': 'journal' });
  observe('fallbacks', usage.fallbacks, attributes);
  observe('attempts', usage.attempts, attributes);
  observe('retries', usage.retries, attributes);
  observe('throttles', usage.throttles, attributes);
  observe('splits', usage.splits, attributes);
  if (usage.cost !== undefined) observe('cost', usage.cost, attributes);
  observe('inFlight', usage.inFlight, attributes);
  const tokens = {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cached_input: usage.cachedInputTokens,
    reasoning: usage.reasoningTokens,
  };
  for (const [type, count] of Object.entries(tokens)) observe('tokens', count, { ...attributes, 'gen_ai.token.type': type });
}

function readGauges(gauges: readonly LimitGauges[], attributes: Attributes, observe: Observe<typeof MODEL_INSTRUMENTS>): void {
  if (gauges.length === 0) return;
  observe(
    'concurrencyLimit',
    gauges.reduce((sum, each) => sum + each.concurrencyLimit(), 0),
    attributes,
  );
  for (const { kind, level, perMinute } of sumsByKind(gauges.flatMap(each => each.buckets()))) {
    observe('bucketLevel', level, { ...attributes, 'millrace.limit': kind });
    observe('bucketLimit', perMinute, { ...attributes, 'millrace.limit': kind });
  }
}

/** A model whose call sites have keys of their own has the limits of all of them. */
function sumsByKind(buckets: readonly BucketLevel[]): BucketLevel[] {
  const sums = new Map<string, BucketLevel>();
  for (const { kind, level, perMinute } of buckets) {
    const before = sums.get(kind);
    sums.set(kind, { kind, level: level + (before?.level ?? 0), perMinute: perMinute + (before?.perMinute ?? 0) });
  }
  return [...sums.values()];
}

/** Attributes are made once: the path of a call builds none but for failures. */
function callObserver(
  made: MadeInstruments<typeof MODEL_INSTRUMENTS>,
  attributes: Attributes,
  { operation, version }: MeasuredModel,
  opened: CallObserver['opened'],
): CallObserver {
  const queue = made.histogram('queueDuration');
  const limiter = made.histogram('limiterDuration');
  const attempts = made.histogram('attemptDuration');
  const calls = made.histogram('callDuration');
  const batches = made.histogram('batchSize');
  const operations = made.histogram('operationDuration');
  const tokens = made.histogram('tokenUsage');
  const genAi = operation && { ...attributes, 'gen_ai.operation.name': operation, 'gen_ai.request.model': version };
  const input = { ...genAi, 'gen_ai.token.type': 'input' };
  const output = { ...genAi, 'gen_ai.token.type': 'output' };
  const failed = (known: Attributes, failure: { readonly code: string } | undefined): Attributes =>
    failure === undefined ? known : { ...known, 'error.type': failure.code };
  return {
    queued({ rowCount, waitedMs }) {
      batches.record(rowCount, attributes);
      queue.record(waitedMs / 1_000, attributes);
    },
    admitted: waitedMs => limiter.record(waitedMs / 1_000, attributes),
    attemptEnded({ durationMs, usage, failure }) {
      attempts.record(durationMs / 1_000, failed(attributes, failure));
      if (genAi === undefined) return;
      operations.record(durationMs / 1_000, failed(genAi, failure));
      if (usage === undefined) return;
      tokens.record(usage.inputTokens, input);
      tokens.record(usage.outputTokens, output);
    },
    callEnded: ({ totalMs, failure }) => calls.record(totalMs / 1_000, failed(attributes, failure)),
    opened,
  };
}
