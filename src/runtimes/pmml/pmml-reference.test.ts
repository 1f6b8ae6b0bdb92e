import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answer, FIXTURES, misfit, openFixture, readAnswers, type Answers, type Columns } from './reference.test.fixture.js';

interface OracleAnswers {
  readonly rows: Columns;
  readonly expected: Columns;
  /** Rows that have no answer. */
  readonly errors: readonly number[];
  /** Rows that the oracle has no answer to, for reasons of its own. */
  readonly skipped: readonly number[];
}

interface LibraryAnswers {
  readonly rows: Columns;
  readonly target: string;
  readonly expected: readonly (number | string)[];
  readonly tolerance: number;
  readonly classes?: readonly (string | number)[];
  readonly probabilities?: readonly (readonly number[])[];
}

function namesOf(folder: string): string[] {
  const names = readdirSync(join(FIXTURES, folder)).filter(name => name.endsWith('.pmml'));
  assert.ok(names.length > 0);
  return names.map(name => name.slice(0, -'.pmml'.length));
}

for (const name of namesOf('cases')) {
  test(`a document gives what the JPMML evaluator gives: ${name}`, async () => {
    const model = openFixture(`cases/${name}.pmml`);
    const { rows, expected, errors, skipped } = readAnswers<OracleAnswers>(`cases/${name}.json`);
    const tolerance = name.startsWith('float') ? 1e-6 : 1e-12;
    for (const batch of [Infinity, 7, 1]) {
      const { values, failures } = await answer(model, rows, batch);
      const counted = Object.values(rows)[0]!
        .map((_, row) => row)
        .filter(row => !skipped.includes(row));
      assert.deepEqual(
        counted.filter(row => failures.has(row)),
        errors.filter(row => !skipped.includes(row)),
        'rows without an answer',
      );
      for (const [output, column] of Object.entries(expected)) {
        for (const row of counted) {
          if (failures.has(row)) continue;
          const problem = misfit(column[row]!, values.get(output)?.[row], tolerance);
          assert.equal(problem, undefined, `row ${row}, output "${output}": ${problem}`);
        }
      }
    }
  });
}

for (const name of namesOf('trained')) {
  test(`a trained model gives what the library that trained it gives: ${name}`, async () => {
    const model = openFixture(`trained/${name}.pmml`);
    const reference = readAnswers<LibraryAnswers>(`trained/${name}.json`);
    for (const batch of [Infinity, 33, 1]) checkLibrary(await answer(model, reference.rows, batch), reference);
  });
}

function checkLibrary({ values, failures }: Answers, { target, expected, tolerance, classes, probabilities }: LibraryAnswers): void {
  assert.deepEqual([...failures], []);
  const predicted = values.get(target) ?? values.get('predictedValue');
  for (const [row, value] of expected.entries()) {
    const problem = misfit(value, predicted?.[row], tolerance);
    assert.equal(problem, undefined, `row ${row}: ${problem}`);
  }
  for (const [i, label] of (classes ?? []).entries()) {
    const column = values.get(`probability(${label})`)!;
    for (const [row, value] of probabilities![i]!.entries()) {
      // A float's share of what one class leaves the other is as coarse as the larger of the two.
      const problem = misfit(value, column[row], tolerance, tolerance > 1e-12 ? 2 ** -22 : undefined);
      assert.equal(problem, undefined, `row ${row}, class ${label}: ${problem}`);
    }
  }
}
