import type { MillraceError } from '../../common/error.js';
import { jsonText } from '../../kit/json-text.js';
import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { serviceError } from '../../kit/service-error.js';
import { compileTemplate, type RowText } from '../../kit/template.js';
import { columnOf, valueAt, type Batch, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import { defineProvider, type Model, type ModelCall, type ModelContext, type ModelResult } from '../../spec/provider.js';
import { mockOptions, type MockOptions } from './mock-options.js';
import { mockValue } from './mock-value.js';

/** Answers that depend on nothing but the inputs: for demos, tests and first steps without a key. */
export const mock = defineProvider({
  name: 'mock',
  options: mockOptions,
  defaults: { batchSize: 1, batchTimeoutMs: 5, maxConcurrentRequests: 100 },
  openModel,
});

/** Attempts that are remembered for calls that never succeed. */
const MAX_FAILING_CALLS = 10_000;

function openModel({ options, inputs, outputs, clock }: ModelContext<MockOptions>): Model {
  const answer = createAnswer({ options, inputs, outputs });
  const attempts = new Map<string, number>();

  function nextAttempt(callId: string): number {
    const attempt = attempts.get(callId) ?? 0;
    attempts.set(callId, attempt + 1);
    if (attempts.size > MAX_FAILING_CALLS) attempts.delete(attempts.keys().next().value!);
    return attempt;
  }

  async function predict(batch: Batch, { signal, callId }: ModelCall): Promise<ModelResult> {
    const keys = Array.from({ length: batch.rowCount }, (_, row) => rowKey(batch, row, inputs));
    const random = seededRandom(`${options.seed}/call/${nextAttempt(callId)}/${keys.join('\n')}`);
    const latencyMs = options.latency + random() * options['latency.jitter'];
    if (latencyMs > 0) await clock.sleep(latencyMs, signal);
    if (random() < options['failure-rate']) throw failure(options, random());
    attempts.delete(callId);
    return answer(batch, keys);
  }

  return { maxInputsPerCall: 1_024, version: options.model, predict };
}

interface AnswerInit {
  readonly options: MockOptions;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
}

function createAnswer({ options, inputs, outputs }: AnswerInit): (batch: Batch, keys: readonly string[]) => ModelResult {
  const template: RowText | undefined =
    options.answer === undefined ? undefined : compileTemplate({ template: options.answer, fields: inputs, option: 'answer' });
  return (batch, keys) => {
    const rows = keys.map((key, row) => {
      const seed = `${options.seed}/${options.model}/${key}`;
      const text = template?.(batch, row) ?? `mock answer ${hash32(seed).toString(16).padStart(8, '0')}`;
      const random = seededRandom(seed);
      return outputs.map(({ type }) => mockValue(type, { random, dimension: options.dimension, text }));
    });
    return {
      outputs: outputs.map(({ type }, c) =>
        columnOf(
          type,
          rows.map(row => row[c]!),
        ),
      ),
      usage: { inputTokens: countTokens(keys), outputTokens: countTokens(rows.map(row => outputText(row, outputs))) },
    };
  };
}

function rowKey(batch: Batch, row: number, inputs: readonly Field[]): string {
  return inputs.map(({ type }, c) => jsonText(valueAt(batch.columns[c]!, row), type)).join(',');
}

function outputText(row: readonly Value[], outputs: readonly Field[]): string {
  return outputs.map(({ type }, c) => jsonText(row[c]!, type)).join(',');
}

/** About four characters make a token. */
function countTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
}

function failure({ 'failure.status': statuses }: MockOptions, choice: number): MillraceError {
  const status = statuses[Math.floor(choice * statuses.length)]!;
  const headers: Record<string, string> = status === 429 ? { 'retry-after-ms': '100' } : {};
  const body = JSON.stringify({ error: { message: 'a failure that "failure-rate" asked for' } });
  return serviceError({ service: 'mock', response: { status, headers, body }, nowMs: 0, secrets: [] });
}
