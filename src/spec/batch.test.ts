import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { arbitraryValue } from '../testing/arbitrary-value.test.fixture.js';
import {
  batchOfRows,
  columnOf,
  concatBatches,
  rowAt,
  sliceBatch,
  storageOf,
  takeColumn,
  takeRows,
  valueAt,
  type Batch,
  type Value,
} from './batch.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  timestamp,
  timestampLtz,
  withNullable,
  type DataType,
  type Field,
} from './data-type.js';

const TYPES: readonly DataType[] = [
  BOOLEAN,
  { kind: 'TINYINT', nullable: true },
  { kind: 'SMALLINT', nullable: true },
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimal(38, 4),
  STRING,
  BYTES,
  DATE,
  { kind: 'TIME', precision: 3, nullable: true },
  timestamp(6),
  timestampLtz(3),
  { kind: 'INTERVAL_DAY_TIME', nullable: true },
  { kind: 'INTERVAL_YEAR_MONTH', nullable: true },
  arrayOf(STRING),
  { kind: 'MAP', key: STRING, value: INT, nullable: true },
  {
    kind: 'ROW',
    fields: [
      { name: 'a', type: INT },
      { name: 'b', type: BOOLEAN },
    ],
    nullable: true,
  },
];
const FIELDS: readonly Field[] = TYPES.map((type, i) => ({ name: `c${i}`, type: i % 3 === 0 ? withNullable(type, false) : type }));

interface Sample {
  readonly rows: readonly Value[][];
  readonly kinds: Uint8Array | undefined;
}

/** Rows of all types, with or without kinds. */
const SAMPLE: fc.Arbitrary<Sample> = fc
  .tuple(fc.array(fc.tuple(...FIELDS.map(field => arbitraryValue(field.type))), { maxLength: 6 }), fc.boolean())
  .map(([rows, hasKinds]) => ({ rows, kinds: hasKinds ? Uint8Array.from(rows, (_, i) => i % 4) : undefined }));

function batchOf({ rows, kinds }: Sample): Batch {
  return batchOfRows(FIELDS, rows, kinds);
}

function rowsIn(batch: Batch): Value[][] {
  return Array.from({ length: batch.rowCount }, (_, row) => rowAt(batch, row));
}

function kindsIn(batch: Batch): number[] {
  return Array.from({ length: batch.rowCount }, (_, row) => batch.rowKinds?.[row] ?? 0);
}

function kindsOf({ rows, kinds }: Sample): number[] {
  return rows.map((_, i) => kinds?.[i] ?? 0);
}

test('property: rows come out of a batch as they went in', () => {
  fc.assert(
    fc.property(SAMPLE, sample => {
      const batch = batchOf(sample);
      assert.deepEqual(rowsIn(batch), sample.rows);
      for (const [c, column] of batch.columns.entries()) {
        assert.equal(
          column.nulls !== undefined,
          sample.rows.some(row => row[c] === null),
        );
        assert.equal(
          storageOf(column.type),
          column.values instanceof Float64Array ? 'float64' : column.values instanceof Uint8Array ? 'boolean' : 'values',
        );
      }
    }),
  );
});

test('property: a slice holds the rows from and to, also a slice of a slice', () => {
  fc.assert(
    fc.property(SAMPLE, fc.nat(6), fc.nat(6), fc.nat(6), fc.nat(6), (sample, ...bounds) => {
      const [a, b] = bounds
        .slice(0, 2)
        .map(bound => Math.min(bound, sample.rows.length))
        .toSorted((x, y) => x - y) as [number, number];
      const slice = sliceBatch(batchOf(sample), a, b);
      assert.deepEqual([rowsIn(slice), kindsIn(slice)], [sample.rows.slice(a, b), kindsOf(sample).slice(a, b)]);
      const [c, d] = bounds
        .slice(2)
        .map(bound => Math.min(bound, b - a))
        .toSorted((x, y) => x - y) as [number, number];
      assert.deepEqual(rowsIn(sliceBatch(slice, c, d)), sample.rows.slice(a, b).slice(c, d));
    }),
  );
});

test('property: rows are taken in the order asked for, with repeats, also from a slice', () => {
  fc.assert(
    fc.property(SAMPLE, fc.array(fc.nat()), fc.nat(3), (sample, picks, from) => {
      const start = Math.min(from, sample.rows.length);
      const rest = sample.rows.slice(start);
      const wanted = rest.length === 0 ? [] : picks.map(pick => pick % rest.length);
      const taken = takeRows(sliceBatch(batchOf(sample), start, sample.rows.length), wanted);
      assert.deepEqual(
        rowsIn(taken),
        wanted.map(row => rest[row]!),
      );
      assert.deepEqual(
        kindsIn(taken),
        wanted.map(row => kindsOf(sample)[start + row]!),
      );
    }),
  );
});

test('property: batches put together hold the rows of all, in order', () => {
  fc.assert(
    fc.property(fc.array(SAMPLE, { minLength: 1, maxLength: 4 }), samples => {
      const all = concatBatches(samples.map(batchOf));
      assert.deepEqual(
        rowsIn(all),
        samples.flatMap(({ rows }) => rows),
      );
      assert.deepEqual(kindsIn(all), samples.flatMap(kindsOf));
    }),
  );
});

test('property: a batch that is cut anywhere and put together again is the same', () => {
  fc.assert(
    fc.property(SAMPLE, fc.nat(6), (sample, cut) => {
      const batch = batchOf(sample);
      const at = Math.min(cut, batch.rowCount);
      const again = concatBatches([sliceBatch(batch, 0, at), sliceBatch(batch, at, batch.rowCount)]);
      assert.deepEqual([rowsIn(again), kindsIn(again)], [sample.rows, kindsOf(sample)]);
    }),
  );
});

test('property: no helper changes the batches that it was given', () => {
  fc.assert(
    fc.property(SAMPLE, sample => {
      const batch = batchOf(sample);
      const before = structuredClone(batch);
      const half = sliceBatch(batch, 0, Math.floor(batch.rowCount / 2));
      concatBatches([batch, half, batch]);
      takeRows(batch, [...sample.rows.keys()].toReversed());
      for (const column of batch.columns) takeColumn(column, []);
      assert.deepEqual(batch, before);
    }),
  );
});

test('values behind the last row do not come along', () => {
  const longer = {
    ...batchOfRows(
      [
        { name: 'n', type: INT },
        { name: 's', type: STRING },
      ],
      [
        [1, 'a'],
        [null, null],
        [3, 'c'],
      ],
      Uint8Array.of(0, 1, 2),
    ),
    rowCount: 2,
  };
  const all = concatBatches([longer, longer]);
  assert.deepEqual(rowsIn(all), [
    [1, 'a'],
    [null, null],
    [1, 'a'],
    [null, null],
  ]);
  assert.deepEqual(kindsIn(all), [0, 1, 0, 1]);
  assert.deepEqual(rowsIn(sliceBatch(longer, 1, 2)), [[null, null]]);
});

test('a whole slice and a single batch are shared, not copied', () => {
  const batch = batchOfRows([{ name: 'n', type: INT }], [[1], [2]]);
  assert.equal(sliceBatch(batch, 0, 2), batch);
  assert.equal(concatBatches([batch]), batch);
  const part = sliceBatch(batch, 1, 2).columns[0]!.values as Float64Array;
  assert.equal(part.buffer, (batch.columns[0]!.values as Float64Array).buffer);
});

test('a column keeps booleans as bytes and gives them back as booleans', () => {
  const column = columnOf(BOOLEAN, [true, null, false]);
  assert.ok(column.values instanceof Uint8Array);
  assert.deepEqual(
    [0, 1, 2].map(row => valueAt(column, row)),
    [true, null, false],
  );
});

test('a row that is too short is filled up with NULL', () => {
  assert.deepEqual(
    rowsIn(
      batchOfRows(
        [
          { name: 'a', type: INT },
          { name: 'b', type: STRING },
        ],
        [[1]],
      ),
    ),
    [[1, null]],
  );
});
