import { columnOf, rowAt, type Batch, type Value } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import type { Model, ModelCall, ModelResult } from '../spec/provider.js';

/** A call that the model has got and not yet answered. */
export interface ScriptedCall {
  readonly inputs: Batch;
  /** The rows of `inputs`. */
  readonly rows: readonly (readonly Value[])[];
  readonly call: ModelCall;
  /** Answers with one output row per input row. */
  answer(rows: readonly (readonly Value[])[]): void;
  /** Answers with any result. */
  give(result: ModelResult): void;
  fail(error: unknown): void;
}

/** A model that does what the test says, call by call. */
export interface ScriptedModel extends Model {
  /** All calls so far, in order. */
  readonly calls: readonly ScriptedCall[];
  readonly inFlight: number;
  readonly maxInFlight: number;
}

export interface ScriptedModelInit {
  readonly outputs: readonly Field[];
  /** Default 1,000. */
  readonly maxInputsPerCall?: number;
  /** Answers a call at once; without it the test answers. */
  readonly onCall?: (call: ScriptedCall, index: number) => void;
}

/** Honours the AbortSignal: an aborted call rejects with its reason. */
export function createScriptedModel({ outputs, maxInputsPerCall = 1_000, onCall }: ScriptedModelInit): ScriptedModel {
  const calls: ScriptedCall[] = [];
  let inFlight = 0;
  let maxInFlight = 0;

  function predict(inputs: Batch, call: ModelCall): Promise<ModelResult> {
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
    return new Promise<ModelResult>((give, fail) => {
      call.signal.addEventListener('abort', () => fail(call.signal.reason), { once: true });
      const rows = Array.from({ length: inputs.rowCount }, (_, row) => rowAt(inputs, row));
      const answer = (answers: readonly (readonly Value[])[]): void =>
        give({
          outputs: outputs.map(({ type }, c) =>
            columnOf(
              type,
              answers.map(values => values[c]!),
            ),
          ),
        });
      const scripted: ScriptedCall = { inputs, rows, call, give, fail, answer };
      calls.push(scripted);
      onCall?.(scripted, calls.length - 1);
    }).finally(() => inFlight--);
  }

  return {
    maxInputsPerCall,
    version: 'scripted',
    predict,
    calls,
    get inFlight() {
      return inFlight;
    },
    get maxInFlight() {
      return maxInFlight;
    },
  };
}
