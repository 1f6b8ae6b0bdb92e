import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MillraceError } from '../../common/error.js';
import { RecordSplitter } from '../../kit/record-splitter.js';
import { batchOfRows, type Value } from '../../spec/batch.js';
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
} from '../../spec/data-type.js';
import type { Decoder } from '../../spec/format.js';
import { arbitraryRows } from '../../testing/arbitrary-value.test.fixture.js';
import { rowsOf } from '../../testing/batch-rows.js';
import { formatContract, openFormat } from '../../testing/format-contract.js';
import { csv } from './csv-format.js';

type Options = Readonly<Record<string, string>>;

function field(name: string, type: DataType): Field {
  return { name, type };
}

const SCALARS: readonly Field[] = [
  field('flag', BOOLEAN),
  field('tiny', { kind: 'TINYINT', nullable: true }),
  field('small', { kind: 'SMALLINT', nullable: true }),
  field('int', INT),
  field('long', BIGINT),
  field('float', FLOAT),
  field('double', DOUBLE),
  field('money', decimal(10, 2)),
  field('text', STRING),
  field('bytes', BYTES),
  field('date', DATE),
  field('time', { kind: 'TIME', precision: 6, nullable: true }),
  field('at', timestamp(3)),
  field('instant', timestampLtz(6)),
  field('months', { kind: 'INTERVAL_YEAR_MONTH', nullable: true }),
  field('span', { kind: 'INTERVAL_DAY_TIME', nullable: true }),
];

formatContract({
  format: csv,
  options: { 'null-literal': 'NULL' },
  fields: SCALARS,
  rows: [
    [
      true,
      -128,
      32_767,
      -1,
      9_223_372_036_854_775_807n,
      0.5,
      1e300,
      -1_050,
      'a "b"\r\n, é 😀',
      new Uint8Array([0, 255]),
      20_000,
      36_000_500_000,
      1_700_000_000_123_000,
      1_700_000_000_123_456,
      -3,
      86_400_000_000,
    ],
    [false, 0, 0, 0, 0, 0, 0, 0, '', new Uint8Array([1]), 0, 0, 0, 0, 0, 0],
    SCALARS.map(() => null),
  ],
  malformed: ['true,1', `"x${','.repeat(15)}`, `"a"b${','.repeat(15)}`, ','.repeat(17)],
});

formatContract({
  format: csv,
  options: { 'null-literal': '-' },
  fields: [
    field('id', withNullable(INT, false)),
    field('list', arrayOf(INT)),
    field('who', { kind: 'ROW', fields: [field('name', STRING), field('age', INT)], nullable: true }),
  ],
  rows: [
    [1, [1, null, 3], ['Ann', null]],
    [2, [], null],
    [3, null, ['', 7]],
  ],
  malformed: ['x,,', '-,1;2,a;1', '1,2,"', '1,2,a;1,,'],
  skipping: { 'ignore-parse-errors': 'true' },
});

formatContract({
  format: csv,
  options: { 'field-delimiter': '\\t', 'quote-character': "'", 'escape-character': '\\', 'allow-comments': 'true' },
  fields: [field('name', STRING), field('n', INT)],
  rows: [
    ["it's\ta \\ test\n", 1],
    ['# no comment', null],
    ['', 3],
  ],
  malformed: ['a\tb', 'a', "'a"],
});

formatContract({
  format: csv,
  options: { 'disable-quote-character': 'true', 'escape-character': '\\', 'field-delimiter': '|' },
  fields: [field('a', STRING), field('b', STRING)],
  rows: [
    ['x|y\\', '"quoted"'],
    ['two\nlines\r', 'end'],
  ],
  malformed: ['a', 'a|b|c|d'],
});

function read(fields: readonly Field[], record: string, options: Options = {}): Value[] | string {
  const { decoder } = openFormat({ format: csv, fields, options });
  try {
    return rowsOf(decoder.decode([record]).batch)[0] ?? 'no row';
  } catch (thrown) {
    assert.ok(MillraceError.is(thrown));
    return thrown.message;
  }
}

const ABC: readonly Field[] = [field('a', STRING), field('b', INT), field('c', STRING)];

const READ: readonly (readonly [record: string, row: Value[] | string, options?: Options])[] = [
  ['x,1,y', ['x', 1, 'y']],
  ['"x","1","y"', ['x', 1, 'y']],
  [' x , 1 ,y ', [' x ', 1, 'y ']],
  ['"a ""quoted"" b",2,"c,d"', ['a "quoted" b', 2, 'c,d']],
  ['5" pipe,1,"y" ', ['5" pipe', 1, 'y']],
  [',,', ['', null, '']],
  ['"",,""', ['', null, '']],
  ['x,1,y,', ['x', 1, 'y']],
  ['null,null,"null"', [null, null, 'null'], { 'null-literal': 'null' }],
  [',,""', [null, null, ''], { 'null-literal': '' }],
  ['x,1', ['x', 1, null], { 'ignore-parse-errors': 'true' }],
  ['x,y,z', ['x', null, 'z'], { 'ignore-parse-errors': 'true' }],
  ['# x,1,y', 'no row', { 'allow-comments': 'true' }],
  ['# x,1,y', ['# x', 1, 'y']],
  ['a\\,b,1,"c\\"d\\n"', ['a,b', 1, 'c"d\n'], { 'escape-character': '\\' }],
  ['x;1;y', ['x', 1, 'y'], { 'field-delimiter': ';' }],
  ['x\u00011\u0001y', ['x', 1, 'y'], { 'field-delimiter': '\\u0001' }],
  ["'x,y',1,'it''s'", ['x,y', 1, "it's"], { 'quote-character': "'" }],
  ['"x,1,"y', ['"x', 1, '"y'], { 'disable-quote-character': 'true' }],
  ['x,1,y,z', 'the record has 4 fields, and 3 were expected: x,1,y,z'],
  ['x,one,y', 'column "b" is "one", which is no INT: x,one,y'],
  ['x,1.0,y', 'column "b" is "1.0", which is no INT: x,1.0,y'],
  ['"x,1,y', 'the quote of field 1 is not closed: "x,1,y'],
  ['x,"1"2,y', 'text follows the closing quote of field 2: x,"1"2,y'],
];

for (const [record, row, options] of READ) {
  test(`csv: reads ${JSON.stringify(record)}${options ? ` with ${JSON.stringify(options)}` : ''}`, () =>
    assert.deepEqual(read(ABC, record, options), row));
}

test('csv: an empty field of a column that is NOT NULL is an error', () => {
  assert.equal(read([field('a', withNullable(INT, false)), field('b', INT)], ',1'), 'column "a" is empty, and it is NOT NULL: ,1');
});

test('csv: values do not keep the text that they were cut from', () => {
  const [name] = read([field('a', STRING), field('b', INT)], 'a name of more than thirteen characters,1') as [string];
  assert.equal(name, 'a name of more than thirteen characters');
});

function withHeader(decoder: Decoder, header: string): Decoder {
  return decoder.withHeader!(header)!;
}

test('csv: a header maps columns by name and lets others stand', () => {
  const { decoder, encoder } = openFormat({ format: csv, fields: ABC, options: { header: 'true', 'allow-comments': 'true' } });
  assert.equal(encoder.header, 'a,b,c');
  assert.equal(decoder.withHeader!('# made by hand'), undefined);
  const mapped = withHeader(decoder, 'c,"b",extra, a');
  assert.deepEqual(rowsOf(mapped.decode(['y,1,?,x']).batch), [['x', 1, 'y']]);
  assert.throws(() => mapped.decode(['y,1,x']), /the record has 3 fields, and 4 were expected/);
});

test('csv: a header without a column, or with one twice, is an error', () => {
  const { decoder } = openFormat({ format: csv, fields: ABC, options: { header: 'true' } });
  assert.throws(() => withHeader(decoder, 'a,b'), /the header has no column "c": a,b/);
  assert.throws(() => withHeader(decoder, 'a,b,c,b'), /the header names twice the column "b"/);
  assert.throws(() => withHeader(decoder, 'a,"b'), { code: 'MALFORMED_RECORD' });
  assert.equal(openFormat({ format: csv, fields: ABC }).decoder.withHeader, undefined);
});

test('csv: where a query reads some columns, the others keep their places', () => {
  const context = { options: csv.options.parse({}), fields: [ABC[2]!, ABC[0]!], declared: ABC, timeZone: 'UTC' };
  assert.deepEqual(rowsOf(csv.createDecoder(context).decode(['x,no number,y']).batch), [['y', 'x']]);
});

function write(fields: readonly Field[], row: Value[], options: Options = {}): string {
  return openFormat({ format: csv, fields, options }).encoder.encode(batchOfRows(fields, [row]))[0]!;
}

test('csv: decimals are written as Flink writes them', () => {
  const fields = [field('n', decimal(10, 2))];
  const plain = { 'write-bigdecimal-in-scientific-notation': 'false' };
  assert.deepEqual([write(fields, [10_000_000]), write(fields, [250]), write(fields, [0])], ['1E+5', '2.5', '0']);
  assert.deepEqual([write(fields, [10_000_000], plain), write(fields, [250], plain), write(fields, [0], plain)], ['100000', '2.5', '0']);
});

test('csv: a record is never an empty line', () => {
  assert.equal(write([field('a', STRING)], [null]), '""');
  assert.equal(write([field('a', STRING)], ['']), '""');
  assert.equal(write([field('a', INT)], [null]), '""');
  assert.deepEqual(read([field('a', INT)], '""'), [null]);
});

test('csv: what cannot be read back is not written', () => {
  assert.throws(() => write([field('a', STRING)], ['x,y'], { 'disable-quote-character': 'true' }), { code: 'INVALID_VALUE' });
  assert.throws(() => write([field('a', arrayOf(STRING))], [['x;y']]), { code: 'INVALID_VALUE' });
  assert.equal(write([field('a', arrayOf(STRING))], [['x;y', 'z']], { 'array-element-delimiter': '||' }), 'x;y||z');
});

test('csv: options and columns that do not go together are refused when the table is opened', () => {
  const open = (options: Options, fields: readonly Field[] = ABC) => openFormat({ format: csv, fields, options });
  assert.throws(() => open({ 'disable-quote-character': 'true', 'quote-character': "'" }), { code: 'INVALID_OPTION' });
  assert.throws(() => open({ 'field-delimiter': '"' }), { code: 'INVALID_OPTION' });
  assert.throws(() => csv.options.parse({ 'field-delimiter': ';;' }), /expected one character/);
  assert.throws(() => open({}, [field('m', { kind: 'MAP', key: STRING, value: INT, nullable: true })]), { code: 'UNSUPPORTED' });
  assert.throws(() => open({}, [field('m', arrayOf(arrayOf(INT)))]), { code: 'UNSUPPORTED' });
});

const ROUND_TRIPS: readonly Options[] = [
  { 'null-literal': 'NULL' },
  { 'null-literal': '\\N', 'escape-character': '\\', 'field-delimiter': '|', 'quote-character': "'", 'allow-comments': 'true' },
  { 'null-literal': '', 'write-bigdecimal-in-scientific-notation': 'false', 'field-delimiter': ';' },
];

for (const options of ROUND_TRIPS) {
  test(`csv: any rows survive as lines of a file with ${JSON.stringify(options)}`, () => {
    // Empty bytes are not told from NULL, nor, where NULL is empty, an array of one NULL from an empty one.
    const lists = options['null-literal'] === '' ? [] : [field('list', arrayOf(INT))];
    const fields = SCALARS.filter(({ type }) => type.kind !== 'VARBINARY').concat(lists);
    const { encoder, decoder } = openFormat({ format: csv, fields, options: { ...options, header: 'true' } });
    fc.assert(
      fc.property(arbitraryRows(fields), rows => {
        const lines = [encoder.header!, ...encoder.encode(batchOfRows(fields, rows))];
        const splitter = new RecordSplitter({
          framing: csv.framing,
          quoteState: decoder.quoteState!.bind(decoder),
          startsAt: 'file-start',
        });
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        bytes.copy(splitter.room(bytes.length));
        splitter.filled(bytes.length);
        const { records } = splitter.take({ maxRecords: 100, maxBytes: 1_000_000 })!;
        assert.deepEqual(rowsOf(withHeader(decoder, records[0]!).decode(records.slice(1)).batch), rows);
      }),
      { numRuns: 200 },
    );
  });
}
