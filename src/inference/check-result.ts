import { MillraceError } from '../common/error.js';
import { storageOf, type Batch, type Column } from '../spec/batch.js';
import { formatType, sameType, type Field } from '../spec/data-type.js';
import type { ModelResult } from '../spec/provider.js';

/** A model's result that has been checked. */
export interface CheckedResult {
  /** The OUTPUT columns. */
  readonly outputs: Batch;
  /** As `ModelResult.inputOf`. */
  readonly inputOf: Uint32Array | undefined;
  readonly failures: ReadonlyMap<number, MillraceError>;
}

const NO_FAILURES: ReadonlyMap<number, MillraceError> = new Map();

/**
 * Holds a model to its contract: columns of the declared types, and for every input either answers or a failure.
 *
 * @throws {MillraceError} `INTERNAL`, since only a defect of a provider or runtime breaks it.
 */
export function checkResult(result: ModelResult, rowCount: number, fields: readonly Field[]): CheckedResult {
  const { outputs: columns, inputOf, failures = NO_FAILURES } = result;
  const outputCount = inputOf?.length ?? rowCount - failures.size;
  if (columns.length !== fields.length) throw defect(`gave ${columns.length} columns for ${fields.length} OUTPUT columns`);
  for (const [c, column] of columns.entries()) checkColumn(column, fields[c]!, outputCount);
  checkCoverage(rowCount, inputOf, failures);
  return { outputs: { kind: 'batch', rowCount: outputCount, columns }, inputOf, failures };
}

function checkColumn({ type, values }: Column, field: Field, outputCount: number): void {
  if (type !== field.type && !sameType(type, field.type))
    throw defect(`gave ${formatType(type)} for "${field.name}", which is ${formatType(field.type)}`);
  const storage = storageOf(type);
  const stored = values instanceof Float64Array ? 'float64' : values instanceof Uint8Array ? 'boolean' : 'values';
  if (stored !== storage) throw defect(`gave "${field.name}" as ${stored} where ${storage} is due`);
  if (values.length < outputCount) throw defect(`gave ${values.length} values of "${field.name}" for ${outputCount} rows`);
}

/** Without `inputOf`, output row i answers input row i, so failures can stand only after all answers. */
function checkCoverage(rowCount: number, inputOf: Uint32Array | undefined, failures: ReadonlyMap<number, MillraceError>): void {
  let next = 0;
  const passFailures = (): void => {
    while (failures.has(next)) next++;
  };
  const answers = inputOf?.length ?? rowCount - failures.size;
  for (let i = 0; i < answers; i++) {
    const row = inputOf === undefined ? i : inputOf[i]!;
    if (i > 0 && inputOf?.[i - 1] === row) continue;
    passFailures();
    if (row !== next)
      throw defect(
        row < next || row >= rowCount
          ? `gave an answer for row ${row} out of order`
          : `gave neither an answer nor a failure for row ${next}`,
      );
    next++;
  }
  passFailures();
  if (next < rowCount) throw defect(`gave neither an answer nor a failure for row ${next}`);
  if (next > rowCount) throw defect(`gave a failure for row ${next - 1}, and the call had ${rowCount} rows`);
}

function defect(problem: string): MillraceError {
  return new MillraceError({ code: 'INTERNAL', message: `the model ${problem}` });
}
