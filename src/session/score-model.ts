import { MillraceError, toMillraceError } from '../common/error.js';
import { untilAborted } from '../common/until-aborted.js';
import { columnOf, valueAt, type Batch, type Value } from '../spec/batch.js';
import { DOUBLE, type DataType } from '../spec/data-type.js';
import type { Features, InferenceEngine, InferenceResult } from '../spec/inference-engine.js';
import type { Model, ModelResult } from '../spec/provider.js';
import { toJs } from '../spec/to-js.js';
import type { TableLease } from './table-engines.js';

export interface ScoreModelInit {
  /** The name that ml_score gives. */
  readonly name: string;
  /** Of the features. */
  readonly type: DataType;
  /** The engine as it is now, loaded where a table tells how; `undefined` where nobody has one of the name. */
  readonly lease: () => Promise<TableLease | undefined>;
  /** Told once of each way in which a row may be left without a score. */
  readonly warn: (message: string) => void;
}

/** Most rows of one run. */
const MAX_ROWS = 65_536;

/** What ml_score calls: features in, a DOUBLE out; a row without a score is one of `failures`. */
export async function openScoreModel(init: ScoreModelInit): Promise<Model> {
  // Held until the end, so that the engine is loaded before rows flow and stays so.
  const held = await init.lease();
  const warned = new Set<string>();
  const warnOnce = (kind: string, message: string): void => {
    if (warned.has(kind)) return;
    warned.add(kind);
    init.warn(message);
  };
  if (!held) warnOnce('absent', absent(init.name));
  const convert = toJs(init.type);
  return {
    maxInputsPerCall: MAX_ROWS,
    version: 'current',
    async predict(inputs, { signal }) {
      const lease = held?.isPrivate ? { ...held, release: () => {} } : await init.lease();
      if (!lease) {
        warnOnce('absent', absent(init.name));
        return withoutScores(
          inputs.rowCount,
          new MillraceError({ code: 'PREDICTION_FAILED', message: `no model "${init.name}" is loaded` }),
        );
      }
      try {
        const found = await scores(lease.engine, featuresOf(inputs, convert), signal);
        const [failure] = found.filter(each => typeof each !== 'number');
        if (failure) warnOnce('failed', failed(init.name, failure.message));
        return resultOf(found);
      } finally {
        lease.release();
      }
    },
    close: () => {
      held?.release();
      return Promise.resolve();
    },
  };
}

/** Features of each row; `null` where the MAP is NULL. */
function featuresOf(inputs: Batch, convert: (value: Value) => unknown): (Features | null)[] {
  return Array.from({ length: inputs.rowCount }, (_, row) => convert(valueAt(inputs.columns[0]!, row)) as Features | null);
}

/** The score of each row, or why it has none. @throws what may pass. */
async function scores(
  engine: InferenceEngine,
  rows: readonly (Features | null)[],
  signal: AbortSignal,
): Promise<(number | MillraceError)[]> {
  const given = rows.filter(features => features !== null);
  const results = (await untilAborted(inferAll(engine, given, signal), signal)).values();
  return rows.map(features => {
    if (features === null) return unscored('the features are NULL');
    const result = results.next().value!;
    if (MillraceError.is(result)) return result;
    if (!result.isSuccess()) return unscored(result.getErrorMessage() ?? 'the model told no reason');
    const score = engine.scoreOf ? engine.scoreOf(result).score : firstOf(result);
    return score ?? unscored(result.getOutputs().size === 0 ? 'the model gave nothing' : 'the model gave no number');
  });
}

async function inferAll(
  engine: InferenceEngine,
  rows: readonly Features[],
  signal: AbortSignal,
): Promise<readonly (InferenceResult | MillraceError)[]> {
  if (rows.length === 0) return [];
  if (engine.inferBatch) {
    try {
      return await engine.inferBatch(rows, signal);
    } catch (thrown) {
      const error = lasting(thrown, signal);
      return rows.map(() => error);
    }
  }
  return Promise.all(rows.map(async features => engine.infer(features).catch((thrown: unknown) => lasting(thrown, signal))));
}

/** A failure that will not pass. @throws one that may, and the signal's reason. */
function lasting(thrown: unknown, signal: AbortSignal): MillraceError {
  signal.throwIfAborted();
  const error = toMillraceError(thrown);
  if (error.retry !== 'never') throw error;
  return unscored(error.message);
}

/** The first value of the first output, if it is a number. */
function firstOf(result: InferenceResult): number | null {
  const [first] = result.getOutputs().values();
  const value: unknown = Array.isArray(first) || ArrayBuffer.isView(first) ? (first as ArrayLike<unknown>)[0] : first;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
}

function resultOf(found: readonly (number | MillraceError)[]): ModelResult {
  const rows = [...found.keys()].filter(row => typeof found[row] === 'number');
  const outputs = [
    columnOf(
      DOUBLE,
      rows.map(row => found[row] as number),
    ),
  ];
  if (rows.length === found.length) return { outputs };
  const failures = new Map([...found.entries()].filter((each): each is [number, MillraceError] => typeof each[1] !== 'number'));
  return { outputs, inputOf: Uint32Array.from(rows), failures };
}

function withoutScores(rowCount: number, failure: MillraceError): ModelResult {
  return resultOf(Array.from({ length: rowCount }, () => failure));
}

function unscored(message: string): MillraceError {
  return new MillraceError({ code: 'PREDICTION_FAILED', message });
}

function absent(name: string): string {
  return `ml_score: no model "${name}" is loaded, so its scores are NULL: a table with 'connector' = 'ml-inference' and 'model.name' = '${name}' loads one`;
}

function failed(name: string, reason: string): string {
  return `ml_score: model "${name}" gave no score for a row, which is NULL: ${reason}; more such rows are counted and not told`;
}
