import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, rowAt, RowKind, type Batch } from '../../spec/batch.js';
import { arrayOf, BIGINT, DOUBLE, INT, STRING, timestampLtz, type Field } from '../../spec/data-type.js';
import { sinkContract } from '../../testing/sink-contract.js';
import { tableContext } from '../../testing/table-context.js';
import { print } from './print-connector.js';

const FIELDS: readonly Field[] = [
  { name: 'id', type: BIGINT },
  { name: 'name', type: STRING },
];

sinkContract({
  name: 'print',
  visibleBy: 'write',
  open() {
    let written = '';
    const output = { write: (text: string) => void (written += text) };
    return Promise.resolve({
      openSink: () => print.createSink!(tableContext({ connector: print, fields: FIELDS, output }), undefined),
      batches: [
        batchOfRows(FIELDS, [
          [1, 'a'],
          [2, 'b'],
        ]),
        batchOfRows(FIELDS, [[3, 'c']]),
      ],
      visible: () => Promise.resolve(written.split('\n').slice(0, -1)),
      expected: (batch: Batch) => Array.from({ length: batch.rowCount }, (_, row) => `+I[${rowAt(batch, row).join(', ')}]`),
    });
  },
});

async function printed({
  batch,
  fields,
  options,
  timeZone,
}: {
  readonly batch: Batch;
  readonly fields: readonly Field[];
  readonly options?: Readonly<Record<string, string>>;
  readonly timeZone?: string;
}): Promise<string[]> {
  const writes: string[] = [];
  const output = { write: (text: string) => void writes.push(text) };
  const sink = await print.createSink!(
    tableContext({ connector: print, fields, output, ...(options && { options }), ...(timeZone && { timeZone }) }),
    undefined,
  );
  assert.equal(sink.changelogMode, 'all');
  const writer = await sink.openWriter('x');
  await writer.write(batch);
  await writer.close();
  return writes;
}

test('print: rows have their kind in front and values as CAST gives them', async () => {
  const fields: readonly Field[] = [
    { name: 'id', type: INT },
    { name: 'name', type: STRING },
    { name: 'score', type: DOUBLE },
    { name: 'tags', type: arrayOf(STRING) },
    { name: 'at', type: timestampLtz(3) },
  ];
  const rows = [
    [1, 'Alice', 2.5, ['x', null], 0],
    [2, null, 1, [], 1_500_000],
    [3, 'Bob', 1e10, null, null],
    [4, '', -0.5, ['y'], 0],
  ];
  const { INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE } = RowKind;
  const batch = batchOfRows(fields, rows, Uint8Array.of(INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE));
  assert.deepEqual(await printed({ batch, fields, timeZone: '+01:00' }), [
    '+I[1, Alice, 2.5, [x, NULL], 1970-01-01 01:00:00.000]\n' +
      '-U[2, NULL, 1.0, [], 1970-01-01 01:00:01.500]\n' +
      '+U[3, Bob, 1.0E10, NULL, NULL]\n' +
      '-D[4, , -0.5, [y], 1970-01-01 01:00:00.000]\n',
  ]);
});

test('print: an identifier stands before each row, and no rows write nothing', async () => {
  const options = { 'print-identifier': 'out' };
  assert.deepEqual(
    await printed({
      batch: batchOfRows(FIELDS, [
        [1, 'a'],
        [2, 'b'],
      ]),
      fields: FIELDS,
      options,
    }),
    ['out> +I[1, a]\nout> +I[2, b]\n'],
  );
  assert.deepEqual(await printed({ batch: batchOfRows(FIELDS, []), fields: FIELDS }), []);
});

test('print: rows go to the error stream where the option says so', async context => {
  const written: unknown[] = [];
  context.mock.method(process.stderr, 'write', (text: string, done: () => void) => {
    written.push(text);
    done();
    return true;
  });
  const toOutput = await printed({ batch: batchOfRows(FIELDS, [[1, 'a']]), fields: FIELDS, options: { 'standard-error': 'true' } });
  context.mock.restoreAll();
  assert.deepEqual(toOutput, []);
  assert.deepEqual(written, ['+I[1, a]\n']);
});
