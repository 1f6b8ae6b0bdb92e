import { MillraceError } from '../../common/error.js';
import type { LoadedModel, ModelInput, ModelRun, OutputRead, ReadValues } from '../../spec/model-runtime.js';
import { WorkerPool } from '../worker-pool.js';
import { roomFor, type FeatureRows, type OutputRows, type RowScorer } from './row-scorer.js';
import { scoreInTurns } from './score-in-turns.js';
import type { ScoreReply, ScoreRequest } from './tree-worker.js';

export interface TreesInit {
  readonly version: string;
  readonly memoryBytes: number;
  readonly input: ModelInput;
  readonly scorer: RowScorer;
  /** Threads that score at once; 1 is the thread of the caller. */
  readonly threads: number;
  /** The module of the threads, and the data that it makes the same scorer of; shared memory is not copied. */
  readonly worker: { readonly entry: URL; readonly start: unknown };
}

/** Fewer visits of a row to a tree than this are done sooner than they are sent to another thread. */
const MIN_VISITS_PER_CALL = 20_000;

type Pool = WorkerPool<ScoreRequest, never, ScoreReply>;

/**
 * A model of trees that scores in the thread of the caller or, where several threads are wanted and a batch is worth it, in
 * parts in threads of its own.
 */
export async function loadTrees({ version, memoryBytes, input, scorer, threads, worker }: TreesInit): Promise<LoadedModel> {
  const pool: Pool | undefined = threads > 1 ? await WorkerPool.open({ ...worker, threads }) : undefined;
  return {
    version,
    memoryBytes,
    inputs: [input],
    prepare: () => Promise.resolve({ outputs: scorer.outputs, reading: reads => runOf({ scorer, pool, threads }, reads) }),
    close: async () => pool?.close(),
  };
}

interface Scoring {
  readonly scorer: RowScorer;
  readonly pool: Pool | undefined;
  readonly threads: number;
}

function runOf({ scorer, pool, threads }: Scoring, reads: readonly OutputRead[]): ModelRun {
  const names = [...new Set(reads.map(read => read.output))];
  const outputs = names.map(name => {
    const output = scorer.outputs.find(candidate => candidate.name === name);
    if (output === undefined) throw new MillraceError({ code: 'INTERNAL', message: `the model has no output "${name}"` });
    return output;
  });
  return async (rows, [given], signal) => {
    const data = given as FeatureRows;
    const results = outputs.map(output => roomFor(output, rows));
    const parts = pool ? Math.min(threads, Math.floor((rows * scorer.treesPerRow) / MIN_VISITS_PER_CALL)) : 1;
    if (pool && parts > 1) await scoreInParts({ pool, parts, data, rows, names, results, signal });
    // A scoring of its own for each run, since another may be in the middle of its turns.
    else await scoreInTurns({ score: scorer.scoring(names), data, rows, treesPerRow: scorer.treesPerRow, results, signal });
    return { columns: reads.map(read => valuesOf(read, results[names.indexOf(read.output)]!, rows)), failures: [] };
  };
}

interface PartsTask {
  readonly pool: Pool;
  readonly parts: number;
  readonly data: FeatureRows;
  readonly rows: number;
  readonly names: readonly string[];
  readonly results: readonly OutputRows[];
  readonly signal: AbortSignal;
}

async function scoreInParts({ pool, parts, data, rows, names, results, signal }: PartsTask): Promise<void> {
  const width = data.length / rows;
  const size = Math.ceil(rows / parts);
  await Promise.all(
    Array.from({ length: parts }, async (_, part) => {
      const from = part * size;
      const to = Math.min(rows, from + size);
      const own = data.slice(from * width, to * width);
      const reply = await pool.call({ data: own, rows: to - from, names }, { transfer: [own.buffer], signal });
      for (const [i, values] of reply.entries()) results[i]!.set(values, (from * results[i]!.length) / rows);
    }),
  );
}

/** The values that a column reads of an output. */
function valuesOf({ width, offset, count }: OutputRead, values: OutputRows, rows: number): ReadValues {
  if (count === width) return values instanceof Float64Array ? values : Float64Array.from(values);
  const picked = new Float64Array(rows * count);
  for (let row = 0; row < rows; row++) for (let i = 0; i < count; i++) picked[row * count + i] = values[row * width + offset + i]!;
  return picked;
}
