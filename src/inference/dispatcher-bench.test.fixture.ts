import { MillraceError, type RetryHint } from '../common/error.js';
import type { ErrorCode } from '../common/error-codes.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import { INT, STRING, type Field } from '../spec/data-type.js';
import type { Prediction, Predictor } from '../spec/predictor.js';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import { createScriptedModel, type ScriptedCall, type ScriptedModel } from '../testing/scripted-model.js';
import { createPredictor } from './predictor.js';
import { runtimeOptions } from './options.js';
import { UsageCounter } from './usage.js';

export const INPUTS: readonly Field[] = [{ name: 'id', type: INT }];
export const OUTPUTS: readonly Field[] = [{ name: 'text', type: STRING }];

export interface Setup {
  readonly options?: Readonly<Record<string, string>>;
  readonly onCall?: (call: ScriptedCall, index: number) => void;
  readonly maxInputsPerCall?: number;
  readonly batchSize?: number;
}

export interface Bench {
  readonly clock: FakeClock;
  readonly model: ScriptedModel;
  readonly usage: UsageCounter;
  readonly predictor: Predictor;
}

/** `random` is one half, so that a jittered delay is half of its bound. */
export function setUp({ options = {}, onCall, maxInputsPerCall, batchSize = 1 }: Setup = {}): Bench {
  const clock = createFakeClock();
  const model = createScriptedModel({ outputs: OUTPUTS, ...(onCall && { onCall }), ...(maxInputsPerCall && { maxInputsPerCall }) });
  const usage = new UsageCounter();
  let id = 0;
  const predictor = createPredictor({
    model,
    name: 'm',
    outputs: OUTPUTS,
    options: runtimeOptions.parse(options),
    defaults: { batchSize, batchTimeoutMs: 50, maxConcurrentRequests: 4 },
    clock,
    random: () => 0.5,
    ids: () => `call-${++id}`,
    usage,
  });
  return { clock, model, usage, predictor };
}

export function ids(...values: readonly Value[]): Batch {
  return batchOfRows(
    INPUTS,
    values.map(value => [value]),
  );
}

/** `text` of every row, with the row it answers. */
export function answersOf({ outputs, inputOf }: Prediction): (readonly [number, Value])[] {
  return Array.from({ length: outputs.rowCount }, (_, i) => [inputOf?.[i] ?? i, rowAt(outputs, i)[0]!] as const);
}

export function echo(call: ScriptedCall): void {
  call.answer(call.rows.map(([id]) => [`#${id as number}`]));
}

export function failure(
  code: ErrorCode,
  { retry = 'backoff', httpStatus }: { retry?: RetryHint; httpStatus?: number } = {},
): MillraceError {
  return new MillraceError({ code, message: 'no', retry, ...(httpStatus !== undefined && { context: { httpStatus } }) });
}

/** Settles what can without moving the time. */
export function settle({ clock }: Bench): Promise<void> {
  return clock.advance(0);
}
