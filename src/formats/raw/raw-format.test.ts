import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows, type Value } from '../../spec/batch.js';
import { BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, FLOAT, INT, STRING, type DataType } from '../../spec/data-type.js';
import { arbitraryValue } from '../../testing/arbitrary-value.test.fixture.js';
import { rowsOf } from '../../testing/batch-rows.js';
import { formatContract, openFormat } from '../../testing/format-contract.js';
import { raw } from './raw-format.js';

formatContract({
  format: raw,
  fields: [{ name: 'line', type: STRING }],
  rows: [['a line with "anything", é 😀'], [''], [' ']],
  malformed: [],
});
formatContract({ format: raw, fields: [{ name: 'n', type: INT }], rows: [[1_234_567], [-1]], malformed: ['', '7', '12345'] });

const NUMBERS: readonly DataType[] = [
  BOOLEAN,
  { kind: 'TINYINT', nullable: true },
  { kind: 'SMALLINT', nullable: true },
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  BYTES,
];

for (const endianness of ['big-endian', 'little-endian']) {
  test(`raw: any binary value survives, ${endianness}`, () => {
    for (const type of NUMBERS) {
      const fields = [{ name: 'c', type: { ...type, nullable: false } }];
      const { encoder, decoder } = openFormat({ format: raw, fields, options: { endianness } });
      assert.equal(decoder.charset, 'latin1');
      fc.assert(
        fc.property(arbitraryValue(fields[0]!.type), value => {
          const [record] = encoder.encode(batchOfRows(fields, [[value]]));
          const bytes = Buffer.from(record!, encoder.charset);
          assert.deepEqual(rowsOf(decoder.decode([bytes.toString(decoder.charset)]).batch), [[value]]);
        }),
        { numRuns: 50 },
      );
    }
  });
}

function encodeOne(type: DataType, value: Value, options: Readonly<Record<string, string>> = {}): Buffer {
  const fields = [{ name: 'c', type }];
  const { encoder } = openFormat({ format: raw, fields, options });
  return Buffer.from(encoder.encode(batchOfRows(fields, [[value]]))[0]!, encoder.charset ?? 'utf8');
}

test('raw: numbers have the bytes that Java gives them', () => {
  assert.deepEqual([...encodeOne(INT, 258)], [0, 0, 1, 2]);
  assert.deepEqual([...encodeOne(INT, 258, { endianness: 'little-endian' })], [2, 1, 0, 0]);
  assert.deepEqual([...encodeOne(BIGINT, -2)], [255, 255, 255, 255, 255, 255, 255, 254]);
  assert.deepEqual([...encodeOne(BOOLEAN, true)], [1]);
  assert.deepEqual([...encodeOne(DOUBLE, 1)], [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
});

test('raw: a STRING has the bytes of its charset', () => {
  assert.deepEqual([...encodeOne(STRING, 'é')], [0xc3, 0xa9]);
  assert.deepEqual([...encodeOne(STRING, 'é😀世', { charset: 'iso-8859-1' })], [0xe9, 0x3f, 0x3f]);
  assert.deepEqual([...encodeOne(STRING, null)], []);
});

test('raw: a table of any other shape is refused', () => {
  assert.throws(() => openFormat({ format: raw, fields: [] }), { code: 'INVALID_DEFINITION' });
  assert.throws(
    () =>
      openFormat({
        format: raw,
        fields: [
          { name: 'a', type: STRING },
          { name: 'b', type: STRING },
        ],
      }),
    { code: 'INVALID_DEFINITION' },
  );
  assert.throws(() => openFormat({ format: raw, fields: [{ name: 'a', type: DATE }] }), { code: 'UNSUPPORTED' });
});

test('raw: a query that reads no column counts the records', () => {
  const decoder = raw.createDecoder({
    options: raw.options.parse({}),
    fields: [],
    declared: [{ name: 'line', type: STRING }],
    timeZone: 'UTC',
  });
  const { batch } = decoder.decode(['a', 'b']);
  assert.deepEqual([batch.rowCount, batch.columns], [2, []]);
});
