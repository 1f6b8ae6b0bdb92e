import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../spec/batch.js';
import type { ReadLimit, ReadResult, Source, SplitReader } from '../../spec/connector.js';
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
import { rowsOf } from '../../testing/batch-rows.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { sourceContract } from '../../testing/source-contract.js';
import { tableContext, type TestTable } from '../../testing/table-context.js';
import { datagen } from './datagen-connector.js';

const NOW_MS = Date.UTC(2026, 0, 1, 12);

function field(name: string, type: DataType): Field {
  return { name, type };
}

type Opening = Omit<TestTable<typeof datagen.options>, 'connector'>;

function open(table: Opening): Source {
  const source = datagen.createSource!(tableContext({ connector: datagen, clock: createFakeClock(NOW_MS), ...table }), undefined);
  assert.ok(!(source instanceof Promise));
  return source;
}

const LIMIT: ReadLimit = { maxRows: 1_000, maxBytes: 1 << 24, waitMs: 1_000, signal: new AbortController().signal };

/** All rows of a bounded table, without its rate. */
async function rowsFrom(table: Opening): Promise<Value[][]> {
  const source = open({ ...table, options: { 'rows-per-second': '0', ...table.options } });
  const [split] = await source.listSplits();
  const reader = await source.openReader(split!, undefined);
  const rows: Value[][] = [];
  for (let end = false; !end;) {
    const result = await reader.read(LIMIT);
    if (result.batch) rows.push(...rowsOf(result.batch));
    end = result.end;
  }
  return rows;
}

async function column(
  type: DataType,
  given: { readonly rows?: number; readonly options?: Readonly<Record<string, string>>; readonly seed?: number } = {},
): Promise<Value[]> {
  const { rows = 300, options = {}, seed = 1 } = given;
  const result = await rowsFrom({
    fields: [field('c', type)],
    options: { 'number-of-rows': String(rows), seed: String(seed) },
    columnOptions: { c: options },
  });
  return result.map(([value]) => value!);
}

const MANY: readonly Field[] = [
  field('n', BIGINT),
  field('t', STRING),
  field('d', DOUBLE),
  field('at', timestamp(3)),
  field('list', arrayOf(INT)),
  field('maybe', INT),
];

sourceContract({
  name: 'datagen',
  async open() {
    const table: Opening = {
      fields: MANY,
      options: { 'number-of-rows': '25', 'rows-per-second': '0', seed: '7' },
      columnOptions: {
        n: { kind: 'sequence', start: '1', end: '1000' },
        at: { 'max-past': '1 d' },
        maybe: { 'null-rate': '0.5' },
        t: { length: '20', 'var-len': 'true' },
      },
    };
    return { source: open(table), rows: await rowsFrom(table) };
  },
});

test('datagen: rows depend on the seed and their number alone', async () => {
  const table: Opening = { fields: MANY, options: { 'number-of-rows': '20', seed: '7' } };
  const rows = await rowsFrom(table);
  assert.deepEqual(await rowsFrom(table), rows);
  assert.notDeepEqual(await rowsFrom({ ...table, options: { ...table.options, seed: '8' } }), rows);
  // A query that reads some columns finds the same values in them.
  assert.deepEqual(
    await rowsFrom({ ...table, fields: [MANY[2]!, MANY[0]!] }),
    rows.map(row => [row[2]!, row[0]!]),
  );
});

test('datagen: without a seed, each start has rows of its own, and a restart the same ones', async () => {
  const clock = createFakeClock(NOW_MS);
  const source = open({ fields: [field('n', BIGINT)], options: { 'rows-per-second': '0' }, clock });
  const read = async (from: unknown): Promise<ReadResult<unknown>> => {
    const reader = await source.openReader({ id: 'rows' }, from);
    const result = await reader.read({ ...LIMIT, maxRows: 3 });
    await reader.close();
    return result;
  };
  const first = await read(undefined);
  const second = await read(first.position);
  assert.deepEqual(await read(first.position), second);
  await clock.advance(10);
  assert.notDeepEqual(rowsOf((await read(undefined)).batch!), rowsOf(first.batch!));
});

test('datagen: numbers lie in the range of their type, and spread over it', async () => {
  const ranges: readonly (readonly [DataType, number, number])[] = [
    [{ kind: 'TINYINT', nullable: true }, -128, 127],
    [{ kind: 'SMALLINT', nullable: true }, -32_768, 32_767],
    [INT, -2_147_483_648, 2_147_483_647],
    [BIGINT, -(2 ** 63), 2 ** 63],
    [FLOAT, 0, 3.4028234663852886e38],
    [DOUBLE, 0, Number.MAX_VALUE],
    [decimal(5, 2), 0, 99_999],
    [{ kind: 'INTERVAL_YEAR_MONTH', nullable: true }, 0, 120_000],
  ];
  for (const [type, min, max] of ranges) {
    const values = (await column(type)).map(Number);
    assert.ok(
      values.every(value => value >= min && value <= max),
      type.kind,
    );
    const middle = min / 2 + max / 2;
    const upper = values.filter(value => value > middle).length;
    assert.ok(upper > 100 && upper < 200, `${type.kind}: ${upper} of 300 in the upper half`);
  }
  assert.ok((await column(BIGINT)).some(value => typeof value === 'bigint'));
  assert.ok((await column(decimal(38, 0))).some(value => typeof value === 'bigint'));
});

test('datagen: min and max are both reached and never passed', async () => {
  assert.deepEqual(new Set(await column(INT, { options: { min: '-1', max: '2' } })), new Set([-1, 0, 1, 2]));
  const first = 9_007_199_254_740_993n;
  assert.deepEqual(new Set(await column(BIGINT, { options: { min: `${first}`, max: `${first + 1n}` } })), new Set([first, first + 1n]));
  assert.deepEqual(new Set(await column(decimal(4, 1), { options: { min: '-0.1', max: '0.1' } })), new Set([-1, 0, 1]));
  const reals = (await column(DOUBLE, { options: { min: '-1.5', max: '2.5' } })) as number[];
  assert.ok(Math.min(...reals) >= -1.5 && Math.min(...reals) < -1 && Math.max(...reals) <= 2.5 && Math.max(...reals) > 2);
});

test('datagen: texts are hexadecimal, and bytes as long as asked for', async () => {
  const lengths = async (type: DataType, options: Readonly<Record<string, string>> = {}): Promise<Set<number>> =>
    new Set((await column(type, { options })).map(value => (value as string).length));
  assert.match((await column(STRING))[0] as string, /^[0-9a-f]{100}$/);
  assert.deepEqual(await lengths(STRING), new Set([100]));
  assert.deepEqual(await lengths({ kind: 'CHAR', length: 7, nullable: true }), new Set([7]));
  assert.deepEqual(await lengths({ kind: 'VARCHAR', length: 9, nullable: true }), new Set([9]));
  assert.deepEqual(await lengths({ kind: 'VARCHAR', length: 9, nullable: true }, { length: '3', 'var-len': 'true' }), new Set([1, 2, 3]));
  assert.deepEqual(await lengths(BYTES), new Set([100]));
  assert.deepEqual(await lengths(STRING, { length: '0', 'var-len': 'true' }), new Set([0]));
});

test('datagen: times are now or up to max-past ago', async () => {
  const zoned: Opening = {
    fields: [field('d', DATE), field('t', { kind: 'TIME', precision: 0, nullable: true })],
    options: { 'number-of-rows': '1' },
    timeZone: '+14:00',
  };
  assert.deepEqual(await rowsFrom(zoned), [[20_455, 2 * 3_600_000_000]]);
  assert.deepEqual(new Set(await column(timestampLtz(3))), new Set([NOW_MS * 1_000]));
  const past = (await column(timestamp(3), { options: { 'max-past': '1 h' } })).map(value => NOW_MS - (value as number) / 1_000);
  assert.ok(Math.min(...past) >= 0 && Math.max(...past) <= 3_600_000 && new Set(past).size > 100);
});

test('datagen: collections have elements of their types', async () => {
  const type: DataType = {
    kind: 'ROW',
    nullable: true,
    fields: [field('a', arrayOf(BOOLEAN)), field('m', { kind: 'MAP', key: STRING, value: INT, nullable: true })],
  };
  for (const [list, map] of (await column(type, { rows: 5 })) as [boolean[], Map<string, number>][]) {
    assert.deepEqual(
      list.map(item => typeof item),
      ['boolean', 'boolean', 'boolean'],
    );
    assert.equal(map.size, 3);
  }
  assert.equal(((await column(arrayOf(INT), { options: { length: '5' } }))[0] as Value[]).length, 5);
});

test('datagen: the null rate is the share of NULL', async () => {
  const nulls = (await column(INT, { options: { 'null-rate': '0.25' }, rows: 1_000 })).filter(value => value === null).length;
  assert.ok(nulls > 180 && nulls < 320, `${nulls} of 1000`);
});

test('datagen: sequences count, and the first to end ends the table', async () => {
  const fields = [field('n', BIGINT), field('t', STRING), field('d', decimal(5, 2))];
  const columnOptions = {
    n: { kind: 'sequence', start: '9007199254740991', end: '9007199254740993' },
    t: { kind: 'sequence', start: '-1', end: '7' },
    d: { kind: 'sequence', start: '1', end: '9' },
  };
  assert.equal(open({ fields, columnOptions }).boundedness, 'bounded');
  assert.deepEqual(await rowsFrom({ fields, columnOptions }), [
    [9_007_199_254_740_991, '-1', 100],
    [9_007_199_254_740_992n, '0', 200],
    [9_007_199_254_740_993n, '1', 300],
  ]);
  assert.deepEqual(await rowsFrom({ fields, columnOptions, options: { 'number-of-rows': '1' } }), [[9_007_199_254_740_991, '-1', 100]]);
});

test('datagen: a sequence that the query does not read ends the table too', async () => {
  const columnOptions = new Map([['n', datagen.columnOptions!.options.parse({ kind: 'sequence', start: '1', end: '4' })]]);
  const source = await datagen.createSource!(
    { ...tableContext({ connector: datagen, fields: [field('t', STRING)] }), columnOptions },
    undefined,
  );
  assert.equal(source.boundedness, 'bounded');
});

const WRONG: readonly (readonly [type: DataType, options: Readonly<Record<string, string>>, code: string, message: RegExp])[] = [
  [INT, { min: 'x' }, 'INVALID_OPTION', /"fields\.c\.min" is "x", which is no INT/],
  [INT, { max: '3000000000' }, 'INVALID_OPTION', /no INT/],
  [INT, { min: '2', max: '1' }, 'INVALID_OPTION', /"fields\.c\.max" is 1, which is below the minimum 2/],
  [decimal(3, 1), { max: '1000' }, 'INVALID_OPTION', /no DECIMAL/],
  [{ kind: 'VARCHAR', length: 5, nullable: true }, { length: '6' }, 'INVALID_OPTION', /does not fit VARCHAR\(5\)/],
  [{ kind: 'CHAR', length: 5, nullable: true }, { length: '4' }, 'INVALID_OPTION', /does not fit CHAR\(5\)/],
  [withNullable(INT, false), { 'null-rate': '0.1' }, 'INVALID_OPTION', /NOT NULL/],
  [INT, { kind: 'sequence', end: '5' }, 'MISSING_OPTION', /"fields\.c\.start"/],
  [INT, { kind: 'sequence', start: '5' }, 'MISSING_OPTION', /"fields\.c\.end"/],
  [INT, { kind: 'sequence', start: '5', end: '4' }, 'INVALID_OPTION', /before the start 5/],
  [INT, { kind: 'sequence', start: '1', end: '1.5' }, 'INVALID_OPTION', /no whole number/],
  [{ kind: 'TINYINT', nullable: true }, { kind: 'sequence', start: '1', end: '200' }, 'INVALID_OPTION', /does not fit/],
  [BOOLEAN, { kind: 'sequence', start: '1', end: '2' }, 'UNSUPPORTED', /no sequence of/],
  [{ kind: 'NULL', nullable: true }, {}, 'UNSUPPORTED', /no random values of/],
];

for (const [type, options, code, message] of WRONG) {
  test(`datagen: ${type.kind} with ${JSON.stringify(options)} is refused when the table is opened`, () => {
    assert.throws(() => open({ fields: [field('c', type)], columnOptions: { c: options } }), { code, message });
  });
}

/** A reader at a rate, and a clock to drive it. */
async function paced(rowsPerSecond: string): Promise<{ reader: SplitReader<unknown>; clock: ReturnType<typeof createFakeClock> }> {
  const clock = createFakeClock(NOW_MS);
  const source = open({ fields: [field('n', INT)], options: { 'rows-per-second': rowsPerSecond }, clock });
  assert.equal(source.boundedness, 'unbounded');
  return { reader: await source.openReader({ id: 'rows' }, undefined), clock };
}

test('datagen: rows come at the rate, as many as are due', async () => {
  const { reader, clock } = await paced('1000');
  let rows = 0;
  for (let i = 0; i < 100; i++) {
    const reading = reader.read({ ...LIMIT, waitMs: 100 });
    await clock.advance(20);
    rows += (await reading).batch?.rowCount ?? 0;
  }
  assert.ok(rows >= 1_900 && rows <= 2_000, `${rows} rows in two seconds`);
});

test('datagen: a slow rate waits for the next row, at most as long as allowed', async () => {
  const { reader, clock } = await paced('1');
  const early = reader.read({ ...LIMIT, waitMs: 400 });
  await clock.advance(400);
  assert.equal((await early).batch, undefined);
  const late = reader.read({ ...LIMIT, waitMs: 10_000 });
  await clock.advance(600);
  assert.equal((await late).batch!.rowCount, 1);
  assert.equal(clock.pendingTimers, 0);
});

test('datagen: after a pause, at most one second of rows comes at once', async () => {
  const { reader, clock } = await paced('500');
  await clock.advance(3_600_000);
  const first = await reader.read(LIMIT);
  const second = reader.read(LIMIT);
  await clock.advance(10);
  assert.deepEqual([first.batch!.rowCount, (await second).batch!.rowCount <= 5], [500, true]);
});

test('datagen: an abort ends the waiting', async () => {
  const { reader, clock } = await paced('1');
  const controller = new AbortController();
  const reading = reader.read({ ...LIMIT, waitMs: 10_000, signal: controller.signal });
  controller.abort(new Error('stop'));
  assert.deepEqual(await reading, { batch: undefined, position: { row: 0, seed: NOW_MS }, end: false });
  assert.equal(clock.pendingTimers, 0);
});

test('datagen: reads keep to the limit of rows and bytes', async () => {
  const source = open({ fields: [field('t', STRING)], options: { 'rows-per-second': '0', 'number-of-rows': '100' } });
  const reader = await source.openReader({ id: 'rows' }, undefined);
  assert.equal((await reader.read({ ...LIMIT, maxRows: 7 })).batch!.rowCount, 7);
  assert.equal((await reader.read({ ...LIMIT, maxBytes: 1_000 })).batch!.rowCount, 10);
  assert.equal((await reader.read({ ...LIMIT, maxBytes: 1 })).batch!.rowCount, 1);
});
