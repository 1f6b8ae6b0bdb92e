import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  timestamp,
  type DataType,
  type Field,
} from '../../spec/data-type.js';
import { mapFeatures } from './feature-mapping.js';
import type { ModelInput } from '../../spec/model-runtime.js';

const MATRIX: ModelInput[] = [{ name: 'X', element: 'float32', shape: [undefined, 3] }];
const NAMED: ModelInput[] = [
  { name: 'country', element: 'string', shape: [undefined, 1] },
  { name: 'hour.of.day', element: 'int64', shape: [undefined] },
  { name: 'embedding', element: 'float32', shape: [undefined, 4] },
];

function fields(...columns: readonly (readonly [string, DataType])[]): Field[] {
  return columns.map(([name, type]) => ({ name, type }));
}

function refusal(inputs: readonly ModelInput[], declared: readonly Field[]): { message: string; notes: string } {
  try {
    mapFeatures(inputs, declared);
  } catch (error) {
    assert.ok(MillraceError.is(error));
    assert.equal(error.code, 'MODEL_SCHEMA');
    return { message: error.message, notes: error.notes.map(note => note.message).join('\n') };
  }
  assert.fail('the declaration was taken');
}

test('one input takes all columns in declared order, whatever their names', () => {
  const feeds = mapFeatures(MATRIX, fields(['c', INT], ['a', DOUBLE], ['b', BIGINT]));
  assert.deepEqual(feeds, [{ name: 'X', element: 'float32', columns: [0, 1, 2], rowShape: [3], width: 3 }]);
});

test('one input takes numbers of every kind, and no text or time', () => {
  mapFeatures(MATRIX, fields(['a', decimal(10, 2)], ['b', BOOLEAN], ['c', FLOAT]));
  assert.match(
    refusal(MATRIX, fields(['a', FLOAT], ['b', STRING], ['c', FLOAT])).message,
    /column "b" is STRING, but input "X" of the model is float32 \[N, 3\]/,
  );
  assert.match(refusal(MATRIX, fields(['a', FLOAT], ['b', timestamp(3)], ['c', FLOAT])).message, /"b" is TIMESTAMP\(3\)/);
});

test('a wrong number of columns names both numbers and shows a declaration', () => {
  const { message, notes } = refusal(MATRIX, fields(['a', FLOAT], ['b', FLOAT]));
  assert.equal(message, 'INPUT declares 2 columns, but the model takes 3 features a row');
  assert.match(notes, /declare for example INPUT \(f1 FLOAT, f2 FLOAT, f3 FLOAT\)/);
});

test('one ARRAY column feeds a whole matrix, and only alone', () => {
  assert.deepEqual(mapFeatures(MATRIX, fields(['v', arrayOf(FLOAT)])), [
    { name: 'X', element: 'float32', columns: [0], rowShape: [3], width: 3 },
  ]);
  assert.match(refusal(MATRIX, fields(['v', arrayOf(FLOAT)], ['a', FLOAT])).message, /ARRAY column "v" beside others/);
  assert.match(refusal(MATRIX, fields(['v', arrayOf(STRING)])).message, /"v" is ARRAY<STRING>/);
});

test('an open width is the number of columns, or told by each ARRAY', () => {
  const open: ModelInput[] = [{ name: 'X', element: 'float64', shape: [undefined, undefined] }];
  assert.equal(mapFeatures(open, fields(['a', DOUBLE], ['b', DOUBLE]))[0]!.width, 2);
  assert.deepEqual(mapFeatures(open, fields(['v', arrayOf(DOUBLE)]))[0]!.openShape, [undefined]);
});

test('several open sizes are told by ARRAYs in ARRAYs, as deep as a row has dimensions', () => {
  const open: ModelInput[] = [{ name: 'X', element: 'float32', shape: [undefined, undefined, 2, undefined] }];
  const deep = arrayOf(arrayOf(arrayOf(FLOAT)));
  assert.deepEqual(mapFeatures(open, fields(['v', deep]))[0]!.openShape, [undefined, 2, undefined]);
  assert.match(refusal(open, fields(['v', arrayOf(FLOAT)])).message, /2 open sizes in a row, which one flat ARRAY cannot tell/);
  assert.match(refusal(open, fields(['v', arrayOf(arrayOf(FLOAT))])).message, /a row of input "X" of the model has 3 dimensions/);
});

test('an input with a value of its own is fed by a column of exactly its name', () => {
  const inputs: ModelInput[] = [
    { name: 'X', element: 'float32', shape: [undefined, 2] },
    { name: 'limit', element: 'float32', shape: [], optional: true },
  ];
  assert.deepEqual(
    mapFeatures(inputs, fields(['a', FLOAT], ['b', FLOAT])).map(feed => feed.name),
    ['X'],
  );
  assert.deepEqual(
    mapFeatures(inputs, fields(['limit', FLOAT], ['X', arrayOf(FLOAT)])).map(feed => [feed.name, feed.isScalar]),
    [
      ['X', undefined],
      ['limit', true],
    ],
  );
});

test('an ARRAY feeds an input of more dimensions row by row', () => {
  const [feed] = mapFeatures([{ name: 'X', element: 'float32', shape: [undefined, 2, 5] }], fields(['v', arrayOf(FLOAT)]));
  assert.deepEqual([feed!.rowShape, feed!.width], [[2, 5], 10]);
});

test('several inputs are found by name: exact, in another case, with other separators, in any order', () => {
  const feeds = mapFeatures(NAMED, fields(['embedding', arrayOf(DOUBLE)], ['hour_of_day', INT], ['Country', STRING]));
  assert.deepEqual(
    feeds.map(feed => [feed.name, feed.columns, feed.rowShape]),
    [
      ['country', [2], [1]],
      ['hour.of.day', [1], []],
      ['embedding', [0], [4]],
    ],
  );
});

test('missing, unknown and doubled columns are named', () => {
  assert.match(refusal(NAMED, fields(['contry', STRING])).message, /no input "contry"; did you mean "country"\?/);
  assert.match(refusal(NAMED, fields(['country', STRING])).message, /no column for the inputs "hour.of.day", "embedding"/);
  assert.match(refusal(NAMED, fields(['country', STRING], ['COUNTRY', STRING])).message, /"country" and "COUNTRY" both mean/);
  assert.match(refusal(NAMED, fields(['x', STRING])).notes, /INPUT \(country STRING, `hour.of.day` BIGINT, embedding ARRAY<FLOAT>\)/);
});

test('types that would lose something are refused', () => {
  assert.match(
    refusal(NAMED, fields(['country', STRING], ['hour_of_day', DOUBLE], ['embedding', arrayOf(FLOAT)])).message,
    /"hour_of_day" is DOUBLE/,
  );
  assert.match(refusal(NAMED, fields(['country', INT], ['hour_of_day', INT], ['embedding', arrayOf(FLOAT)])).message, /"country" is INT/);
  assert.match(
    refusal(NAMED, fields(['country', STRING], ['hour_of_day', INT], ['embedding', FLOAT])).message,
    /takes 4 values a row: declare the column as ARRAY<FLOAT>/,
  );
});

const FEATURES: readonly ModelInput[] = [
  {
    name: 'features',
    element: 'float32',
    shape: [undefined, 3],
    features: [{ name: 'amount' }, { name: 'country', codes: { codes: new Map([['de', 0]]) } }, { name: 'hour.of.day' }],
  },
];

test('features with names are found by name, in any order, and categories are text', () => {
  const [feed] = mapFeatures(FEATURES, fields(['hour_of_day', INT], ['country', STRING], ['Amount', DOUBLE]));
  assert.deepEqual(feed!.columns, [2, 1, 0]);
  assert.deepEqual(feed!.codes, [undefined, { codes: new Map([['de', 0]]) }, undefined]);
});

test('missing, foreign and mistyped features are named, with a declaration that fits', () => {
  const missing = refusal(FEATURES, fields(['amount', DOUBLE]));
  assert.equal(missing.message, 'INPUT has no column for the features "country", "hour.of.day" of the model');
  assert.match(missing.notes, /declare for example INPUT \(amount FLOAT, country STRING, `hour.of.day` FLOAT\)/);
  assert.match(refusal(FEATURES, fields(['amuont', DOUBLE])).message, /no feature "amuont"; did you mean "amount"\?/);
  assert.match(refusal(FEATURES, fields(['amount', STRING], ['country', STRING], ['hour_of_day', INT])).message, /"amount" is STRING/);
});

test('one ARRAY column has the features in their order, whatever their names', () => {
  assert.deepEqual(mapFeatures(FEATURES, fields(['v', arrayOf(FLOAT)]))[0]!.columns, [0]);
});

test('an input of a type that no column has is refused', () => {
  assert.match(
    refusal([{ name: 'x', element: undefined, shape: [undefined, 1] }], fields(['a', FLOAT])).message,
    /of a type that no column can feed/,
  );
});
