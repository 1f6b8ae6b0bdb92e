import { MillraceError } from '../../common/error.js';
import { firstNumber } from '../../kit/inference-engine/score.js';
import { ModelEngine } from '../../kit/inference-engine/model-engine.js';
import { columnOf, valueAt, type Batch, type Column } from '../../spec/batch.js';
import type { LookupContext, LookupSource, TableContext } from '../../spec/connector.js';
import { formatType, type Field } from '../../spec/data-type.js';
import type { InferenceEngine, OutputValue, Score } from '../../spec/inference-engine.js';
import { toJs } from '../../spec/to-js.js';
import type { MlInferenceOptions } from '../../kit/inference-engine/ml-inference-options.js';

/** What the model fills; all other columns are its features. */
const ANSWERS = ['score', 'confidence'] as const;

/** Scores of rows of features, which are columns in the order in which the table declares them. */
type ScoreRows = (features: Batch, signal: AbortSignal) => Promise<readonly Score[]>;

/**
 * The table in a lookup join: the key columns are the features of a row, and one row comes back for each.
 *
 * A row that the model cannot compute stops the job: a join has no place for the reason.
 *
 * @throws {MillraceError} `MODEL_SCHEMA` for a table whose columns are not those of the model, `INVALID_ARGUMENT` where the condition
 * leaves a feature without a value.
 */
export async function scoreLookup(
  { fields, options, name }: TableContext<MlInferenceOptions>,
  { keys, declared, leaseEngine }: LookupContext,
): Promise<LookupSource> {
  checkAnswers(declared, name);
  const features = declared.filter(field => !isAnswer(field));
  const keyed = keys.map(index => fields[index]!.name);
  checkKeys(features, keyed, name);
  const lease = await leaseEngine!();
  try {
    const score = await scorerOf(lease.engine, features);
    const places = features.map(field => keyed.indexOf(field.name));
    return {
      maxKeys: options['batch.size'],
      async: options['async.enabled'],
      maxRetries: options['retry.max-attempts'],
      async lookup(asked, signal) {
        const scores = await score({ ...asked, columns: places.map(place => asked.columns[place]!) }, signal);
        const columns = fields.map((field): Column => {
          if (!isAnswer(field)) return asked.columns[keyed.indexOf(field.name)]!;
          const answer = field.name as (typeof ANSWERS)[number];
          return columnOf(
            field.type,
            scores.map(each => each[answer]),
          );
        });
        const { rowCount } = asked;
        return { rows: { kind: 'batch', rowCount, columns }, inputOf: Uint32Array.from({ length: rowCount }, (_, row) => row) };
      },
      close: () => {
        lease.release();
        return Promise.resolve();
      },
    };
  } catch (thrown) {
    lease.release();
    throw thrown;
  }
}

function isAnswer({ name }: Field): boolean {
  return ANSWERS.some(answer => answer === name);
}

function checkAnswers(declared: readonly Field[], table: string): void {
  const answers = declared.filter(isAnswer);
  const wrong = answers.find(({ type }) => type.kind !== 'DOUBLE');
  if (answers.length > 0 && !wrong) return;
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: wrong
      ? `column "${wrong.name}" of table "${table}" is ${formatType(wrong.type, 'ignore')}, and the model gives a DOUBLE`
      : `table "${table}" has neither a column score nor confidence, which are what its model gives`,
    notes: [{ message: 'declare score DOUBLE, confidence DOUBLE behind the features' }],
  });
}

function checkKeys(features: readonly Field[], keyed: readonly string[], table: string): void {
  const answer = keyed.find(name => ANSWERS.some(each => each === name));
  const missing = features.find(field => !keyed.includes(field.name));
  if (answer === undefined && missing === undefined) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message:
      answer === undefined
        ? `column "${missing!.name}" of table "${table}" is a feature of its model, and the condition gives it no value`
        : `column "${answer}" of table "${table}" is what its model gives, and no feature`,
    notes: [{ message: `write ON ${features.map(({ name }) => `${table}.${name} = …`).join(' AND ')}` }],
  });
}

/** By columns for a model file, whose features are then known to be right before rows flow; by name for a program's engine. */
async function scorerOf(engine: InferenceEngine, features: readonly Field[]): Promise<ScoreRows> {
  if (!(engine instanceof ModelEngine)) return scorerByName(engine, features);
  const { predict, readScore } = await engine.bindTo(features);
  return async (rows, signal) => {
    const { outputs, failures } = await predict(rows, signal);
    for (const failure of failures?.values() ?? []) throw failed(failure.message);
    return Array.from({ length: rows.rowCount }, (_, row) => readScore(output => valueAt(outputs[output]!, row) as OutputValue));
  };
}

function scorerByName(engine: InferenceEngine, features: readonly Field[]): ScoreRows {
  const readers = features.map(({ name, type }) => ({ name, convert: toJs(type) }));
  return async rows => {
    const given = Array.from(
      { length: rows.rowCount },
      (_, row) => new Map(readers.map(({ name, convert }, c) => [name, convert(valueAt(rows.columns[c]!, row))])),
    );
    const results = engine.inferBatch ? await engine.inferBatch(given) : await Promise.all(given.map(row => engine.infer(row)));
    return results.map(result => {
      if (!result.isSuccess()) throw failed(result.getErrorMessage() ?? 'the model told no reason');
      return engine.scoreOf ? engine.scoreOf(result) : firstNumber(result);
    });
  };
}

function failed(message: string): MillraceError {
  return new MillraceError({
    code: 'PREDICTION_FAILED',
    message,
    notes: [{ message: 'ml_score gives NULL for such a row, and ML_PREDICT does what on-error says' }],
  });
}
