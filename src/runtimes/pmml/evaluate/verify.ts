import { MillraceError } from '../../../common/error.js';
import type { Verification } from '../parse/verification.js';
import type { CompiledDocument } from './compile-document.js';
import type { Outcome } from './outcome.js';
import { constantFor } from './predicate.js';
import { resultsOf, type Result } from './results.js';
import { RowFailure } from './row.js';
import { describeValue } from './scope.js';
import { compareValues, textOf, type Value } from './value.js';

/**
 * Runs the records of a document's ModelVerification: what the producer says must come out does, within its tolerances.
 *
 * @throws {MillraceError} `MODEL_LOAD` with the record and field that differ.
 */
export function verify({ fields, records }: Verification, compiled: CompiledDocument): void {
  const { inputs, row, model } = compiled;
  const results = resultsOf(model);
  const checks = fields.flatMap(field => {
    const result = results.find(candidate => candidate.name === field.field);
    return result === undefined || result.width > 1 || inputs.some(input => input.name === field.field) ? [] : [{ ...field, result }];
  });
  for (const [i, record] of records.entries()) {
    for (const { name, slot } of inputs) {
      const column = fields.find(field => field.field === name)?.column;
      row.values[slot] = column === undefined ? undefined : record.get(column);
    }
    const outcome = run(compiled, i);
    for (const check of checks) {
      const expected = record.get(check.column);
      if (expected === undefined) continue;
      const actual = check.result.read(row, outcome) as Value;
      if (!accepts(expected, actual, check)) {
        throw new MillraceError({
          code: 'MODEL_LOAD',
          message: `the PMML document fails its own verification: record ${i + 1} expects ${JSON.stringify(expected.slice(0, 60))} for "${check.field}", and the model gives ${describeValue(actual)}`,
          notes: [{ message: 'the document and its ModelVerification do not fit together; ask whoever made it' }],
        });
      }
    }
  }
}

function run({ begin, model, row }: CompiledDocument, record: number): Outcome | undefined {
  try {
    begin();
    const outcome = model.evaluate(row);
    model.runOutputs(row, outcome);
    return outcome;
  } catch (error) {
    if (!(error instanceof RowFailure)) throw error;
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the PMML document fails its own verification: record ${record + 1}: ${error.message}`,
      cause: error,
    });
  }
}

interface Tolerance {
  readonly precision: number;
  readonly zeroThreshold: number;
  readonly result: Result;
}

/** https://dmg.org/pmml/v4-4-1/ModelVerification.html: near zero by the threshold, else by the share that may differ. */
function accepts(text: string, actual: Value, { precision, zeroThreshold, result }: Tolerance): boolean {
  if (actual === undefined) return text.trim() === '' || text.trim() === 'NaN';
  const expected = constantFor({ ...result.type, cost: 0, evaluate: () => undefined }, text);
  if (typeof expected !== 'number' || typeof actual !== 'number')
    return compareValues(expected, actual) === 0 || textOf(expected) === textOf(actual);
  if (Math.abs(expected) <= zeroThreshold) return Math.abs(actual) <= zeroThreshold;
  const [low, high] = [expected * (1 - precision), expected * (1 + precision)];
  return actual >= Math.min(low, high) && actual <= Math.max(low, high);
}
