import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows, type Value } from '../../../spec/batch.js';
import { BOOLEAN, DOUBLE, INT, STRING, type DataType, type Field } from '../../../spec/data-type.js';
import type { Prediction } from '../../../spec/predictor.js';
import { joinPrediction, type JoinOptions, type PredictedRows } from './join-prediction.js';
import { column, rowsIn } from './operator-bench.test.fixture.js';

const N = { name: 'n', type: INT };
const TEXT: Field = { name: 'text', type: STRING };
const SCORE: Field = { name: 'score', type: DOUBLE };

function rowType(...fields: Field[]): DataType {
  return { kind: 'ROW', fields, nullable: true };
}

const COLUMNS: JoinOptions = { form: 'columns', outputs: [TEXT, SCORE], appended: [TEXT, SCORE] };
const ROW: JoinOptions = { form: 'row', outputs: [TEXT, SCORE], appended: [{ name: 'm', type: rowType(TEXT, SCORE) }] };
const RESULT: JoinOptions = {
  form: 'result',
  outputs: [TEXT],
  appended: [{ name: 'result', type: rowType({ name: 'value', type: STRING }, { name: 'error', type: STRING }) }],
};

function answers(fields: readonly Field[], rows: readonly (readonly Value[])[], more: Partial<Prediction> = {}): Prediction {
  return { outputs: batchOfRows(fields, rows), ...more };
}

function joined(rows: PredictedRows, options: JoinOptions): Value[][] | undefined {
  const batch = joinPrediction(rows, options);
  return batch && rowsIn(batch);
}

test('one answer for each row: the rows themselves are not copied', () => {
  const rows = column(N, 1, 2);
  const batch = joinPrediction(
    {
      rows,
      prediction: answers(
        [TEXT, SCORE],
        [
          ['a', 0.5],
          ['b', null],
        ],
      ),
    },
    COLUMNS,
  )!;
  assert.deepEqual(rowsIn(batch), [
    [1, 'a', 0.5],
    [2, 'b', null],
  ]);
  assert.equal(batch.columns[0], rows.columns[0]);
});

test('skipped rows are left out, and a row with several answers comes once for each', () => {
  const prediction = answers(
    [TEXT, SCORE],
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    { inputOf: Uint32Array.of(0, 0, 2) },
  );
  assert.deepEqual(joined({ rows: column(N, 1, 2, 3), prediction }, COLUMNS), [
    [1, 'a', 1],
    [1, 'b', 2],
    [3, 'c', 3],
  ]);
});

test('rows that were not sent keep their place, with NULL', () => {
  const prediction = answers(
    [TEXT, SCORE],
    [
      ['b', 2],
      ['d', 4],
    ],
  );
  assert.deepEqual(joined({ rows: column(N, 1, 2, 3, 4, 5), sent: Int32Array.of(1, 3), prediction }, COLUMNS), [
    [1, null, null],
    [2, 'b', 2],
    [3, null, null],
    [4, 'd', 4],
    [5, null, null],
  ]);
  assert.deepEqual(joined({ rows: column(N, 1), sent: new Int32Array(0) }, COLUMNS), [[1, null, null]]);
});

test('no row is left where all were skipped', () => {
  const prediction = answers([TEXT, SCORE], [], { inputOf: new Uint32Array(0) });
  assert.equal(joined({ rows: column(N, 1, 2), prediction }, COLUMNS), undefined);
});

test('several outputs as one ROW; a row without an answer is NULL as a whole', () => {
  const prediction = answers(
    [TEXT, SCORE],
    [
      ['a', 1],
      [null, null],
    ],
    { errors: new Map([[1, 'refused']]) },
  );
  assert.deepEqual(joined({ rows: column(N, 1, 2, 3), sent: Int32Array.of(0, 2), prediction }, ROW), [
    [1, ['a', 1]],
    [2, null],
    [3, null],
  ]);
});

test('a result carries the value or the reason', () => {
  const prediction = answers([TEXT], [['a'], [null], [null]], { errors: new Map([[1, 'refused']]) });
  assert.deepEqual(joined({ rows: column(N, 1, 2, 3), prediction }, RESULT), [
    [1, ['a', null]],
    [2, [null, 'refused']],
    [3, [null, null]],
  ]);
});

test('a result of several outputs holds a ROW as its value', () => {
  const options: JoinOptions = {
    form: 'result',
    outputs: [TEXT, SCORE],
    appended: [{ name: 'result', type: rowType({ name: 'value', type: rowType(TEXT, SCORE) }, { name: 'error', type: STRING }) }],
  };
  const prediction = answers(
    [TEXT, SCORE],
    [
      ['a', 1],
      [null, null],
    ],
    { errors: new Map([[1, 'no']]) },
  );
  assert.deepEqual(joined({ rows: column(N, 1, 2), prediction }, options), [
    [1, [['a', 1], null]],
    [2, [null, 'no']],
  ]);
});

test('a NULL for a row that was not sent has the storage of its type', () => {
  for (const type of [STRING, DOUBLE, BOOLEAN, INT]) {
    const batch = joinPrediction(
      { rows: column(N, 1), sent: new Int32Array(0) },
      { form: 'columns', outputs: [{ name: 'x', type }], appended: [{ name: 'x', type }] },
    )!;
    assert.deepEqual(rowsIn(batch), [[1, null]]);
    assert.equal(batch.columns[1]!.type, type);
  }
});

test('property: each row stands before its answers, in order, whatever was sent, skipped or answered often', () => {
  const fate = fc.record({ isSent: fc.boolean(), answers: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 12 }), fates => {
      const sent = Int32Array.from(fates.flatMap(({ isSent }, row) => (isSent ? [row] : [])));
      const given: { input: number; text: string }[] = [];
      const expected: Value[][] = [];
      let place = 0;
      for (const [row, { isSent, answers: count }] of fates.entries()) {
        if (!isSent) {
          expected.push([row, null]);
          continue;
        }
        for (let i = 0; i < count; i++) {
          given.push({ input: place, text: `${row}/${i}` });
          expected.push([row, `${row}/${i}`]);
        }
        place++;
      }
      const prediction =
        sent.length === 0
          ? undefined
          : answers(
              [TEXT],
              given.map(({ text }) => [text]),
              { inputOf: Uint32Array.from(given, ({ input }) => input) },
            );
      const rows = column(N, ...fates.keys());
      const all = sent.length === fates.length;
      const result = joined({ rows, sent: all ? undefined : sent, prediction }, { form: 'columns', outputs: [TEXT], appended: [TEXT] });
      assert.deepEqual(result ?? [], expected);
    }),
  );
});
