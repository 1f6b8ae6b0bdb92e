import { MillraceError } from '../../common/error.js';
import { allocate, type TensorData } from '../../spec/element-type.js';
import type { TensorFeed } from '../../spec/model-runtime.js';
import { buffersOf, type OnnxPool } from './onnx-pool.js';
import type { ProbedOutput } from './worker-protocol.js';

export interface TrialInit {
  readonly feeds: readonly TensorFeed[];
  /** Rows that the model takes at once, as its file says; `undefined` when their number is open. */
  readonly fixedRows: number | undefined;
}

export interface Trial {
  readonly outputs: readonly ProbedOutput[];
  /** Rows that the outputs are for. */
  readonly rows: number;
  /** Rows that the model takes at once, no more and no less; `undefined` when their number is open. */
  readonly fixedRows: number | undefined;
}

/**
 * Runs the model once over zeros, so that a broken one fails at the start, and to learn the shapes of its outputs.
 *
 * Two rows tell an output that has a value for each row from one that has always a single value. A model that takes
 * only one row in spite of what its file says, as a careless trace does, runs row by row then. Text is tried as the
 * empty string and as `0`, since a model may parse it.
 *
 * @throws {MillraceError} `MODEL_LOAD`.
 */
export async function tryModel(pool: OnnxPool, { feeds, fixedRows }: TrialInit): Promise<Trial> {
  const texts = feeds.some(feed => feed.element === 'string') ? ['', '0'] : [''];
  const signal = new AbortController().signal;
  let first: unknown;
  for (const rows of fixedRows === undefined ? [2, 1] : [fixedRows]) {
    for (const text of texts) {
      const data = feeds.map(feed => zeros(feed, { rows, text }));
      try {
        const reply = await pool.call({ kind: 'probe', feeds, rows, data }, { transfer: buffersOf(data), signal });
        if (reply.kind === 'probe') return { outputs: reply.outputs, rows, fixedRows: fixedRows ?? (rows === 1 ? 1 : undefined) };
      } catch (error) {
        first ??= error;
      }
    }
  }
  const reason = first instanceof Error ? first.message : String(first);
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `the model fails on its first run, over zeros: ${reason}`,
    notes: [
      { message: 'where the file leaves the number of features open, check that INPUT declares as many as the model was trained with' },
    ],
    cause: first,
  });
}

function zeros({ element, width }: TensorFeed, { rows, text }: { rows: number; text: string }): TensorData {
  const data = allocate(element, rows * width);
  return Array.isArray(data) ? data.fill(text) : data;
}
