import { MillraceError } from '../../common/error.js';
import { allocate, type TensorData } from '../../spec/element-type.js';
import { buffersOf, type OnnxPool } from './onnx-pool.js';
import { RunInterrupted } from './run-interrupted.js';
import type { PlannedFeed, ProbedOutput } from './worker-protocol.js';

export interface TrialInit {
  readonly feeds: readonly PlannedFeed[];
  /** Rows that the model takes at once, as its file says; `undefined` when their number is open. */
  readonly fixedRows: number | undefined;
}

export interface Trial {
  readonly outputs: readonly ProbedOutput[];
  /** For rows of another shape, where the feeds leave it open. */
  readonly otherOutputs?: readonly ProbedOutput[] | undefined;
  /** Rows that the outputs are for. */
  readonly rows: number;
  /** Rows that the model takes at once, no more and no less; `undefined` when their number is open. */
  readonly fixedRows: number | undefined;
}

/** Most values of an input in the first run: a damaged file may ask for any number of rows. */
const MOST_VALUES = 2 ** 28;

/** Open sizes that are tried, one after the other: a model of sequences may take none that is short, or none that is long. */
const OPEN_SIZES = [4, 6, 1, 2, 16, 32, 128];

/**
 * Runs the model once over zeros, so that a broken one fails at the start, and to learn the shapes of its outputs.
 *
 * Two rows tell an output that has a value for each row from one that has always a single value. A model that takes
 * only one row in spite of what its file says, as a careless trace does, runs row by row then. Text is tried as the
 * empty string and as `0`, since a model may parse it. Where rows may differ in shape, two shapes tell which outputs follow.
 *
 * @throws {MillraceError} `MODEL_LOAD`.
 */
export async function tryModel(pool: Pick<OnnxPool, 'call'>, { feeds, fixedRows }: TrialInit): Promise<Trial> {
  const largest = feeds.reduce((most, { width }) => Math.max(most, width), 1);
  if ((fixedRows ?? 1) * largest > MOST_VALUES) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the model takes ${fixedRows ?? 1} rows of ${largest} values at once, which is too many`,
    });
  }
  const texts = feeds.some(feed => feed.element === 'string') ? ['', '0'] : [''];
  const isOpen = feeds.some(feed => feed.openShape);
  const signal = new AbortController().signal;
  let first: unknown;
  const attempt = async (shaped: readonly PlannedFeed[], rows: number, text: string): Promise<readonly ProbedOutput[] | undefined> => {
    const data = shaped.map(feed => zeros(feed, { rows, text }));
    try {
      const reply = await pool.call({ kind: 'probe', feeds: shaped, rows, data }, { transfer: buffersOf(data), signal });
      return reply.kind === 'probe' ? reply.outputs : undefined;
    } catch (error) {
      if (error instanceof RunInterrupted) throw error.cause;
      first ??= error;
      return undefined;
    }
  };
  for (const rows of fixedRows === undefined ? [2, 1] : [fixedRows]) {
    for (const text of texts) {
      let found: readonly ProbedOutput[] | undefined;
      for (const size of isOpen ? OPEN_SIZES : [0]) {
        const outputs = await attempt(
          feeds.map(feed => withSize(feed, size)),
          rows,
          text,
        );
        const trial = { rows, fixedRows: fixedRows ?? (rows === 1 ? 1 : undefined) };
        if (outputs && (found || !isOpen)) return { ...trial, outputs: found ?? outputs, otherOutputs: found && outputs };
        found ??= outputs;
      }
      if (found) return { outputs: found, rows, fixedRows: fixedRows ?? (rows === 1 ? 1 : undefined) };
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

function withSize(feed: PlannedFeed, size: number): PlannedFeed {
  if (!feed.openShape) return feed;
  const rowShape = feed.openShape.map(known => known ?? size);
  return { ...feed, rowShape, width: rowShape.reduce((product, each) => product * each, 1) };
}

function zeros({ element, width }: PlannedFeed, { rows, text }: { rows: number; text: string }): TensorData {
  const data = allocate(element, rows * width);
  return Array.isArray(data) ? data.fill(text) : data;
}
