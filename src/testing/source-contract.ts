import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, Value } from '../spec/batch.js';
import type { ReadResult, Source, SplitReader } from '../spec/connector.js';
import { rowsOf } from './batch-rows.js';

/** A source over known rows. */
export interface SourceUnderTest {
  readonly source: Source;
  /** All rows, split by split in the order of `listSplits`; at least two. */
  readonly rows: readonly (readonly Value[])[];
  /** Called at the end of each test. */
  close?(): Promise<void>;
}

export interface SourceContract {
  /** Name of the connector, for the tests' names. */
  readonly name: string;
  /** Makes a source anew for each test; what it reads must not depend on the time. */
  readonly open: () => Promise<SourceUnderTest>;
}

/** Sizes of reads to try: row by row, a few rows at once, and as much as there is. */
const SIZES: readonly Size[] = [
  { maxRows: 1, maxBytes: 1_000_000 },
  { maxRows: 3, maxBytes: 64 },
  { maxRows: 10_000, maxBytes: 10_000_000 },
];

interface Size {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** What every source must hold to. A connector's own test calls this once with a source over known rows. */
export function sourceContract({ name, open }: SourceContract): void {
  async function underTest(check: (opened: SourceUnderTest) => Promise<void>): Promise<void> {
    const opened = await open();
    try {
      await check(opened);
    } finally {
      await opened.source.close?.();
      await opened.close?.();
    }
  }

  test(`${name}: split ids are unique and stable`, () =>
    underTest(async ({ source }) => {
      const ids = (await source.listSplits()).map(split => split.id);
      assert.ok(ids.length > 0);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(
        (await source.listSplits()).map(split => split.id),
        ids,
      );
    }));

  for (const size of SIZES) {
    test(`${name}: in reads of at most ${size.maxRows} rows, all rows come once and in order`, () =>
      underTest(async ({ source, rows }) => {
        const all: Value[][] = [];
        for (const split of await source.listSplits())
          all.push(...(await drain(source, await source.openReader(split, undefined), size)).rows);
        assert.deepEqual(all, rows);
      }));

    test(`${name}: after reads of at most ${size.maxRows} rows, reading from any position gives exactly the rest`, () =>
      underTest(async ({ source }) => {
        for (const split of await source.listSplits()) {
          const whole = await drain(source, await source.openReader(split, undefined), size);
          for (const { position, rowsBefore } of whole.marks) {
            const stored: unknown = JSON.parse(JSON.stringify(position));
            const rest = await drain(source, await source.openReader(split, stored), size);
            assert.deepEqual(rest.rows, whole.rows.slice(rowsBefore), `from ${JSON.stringify(position)}`);
          }
        }
      }));
  }

  test(`${name}: a source that was opened anew goes on at a position of another`, () =>
    underTest(async ({ source }) => {
      for (const split of await source.listSplits()) {
        const whole = await drain(source, await source.openReader(split, undefined), SIZES[0]!);
        const mark = whole.marks[Math.floor(whole.marks.length / 2)]!;
        await underTest(async ({ source: other }) => {
          const rest = await drain(other, await other.openReader(split, structuredClone(mark.position)), SIZES[2]!);
          assert.deepEqual(rest.rows, whole.rows.slice(mark.rowsBefore));
        });
      }
    }));

  test(`${name}: an abort ends the waiting of a read, and loses nothing`, { timeout: 60_000 }, () =>
    underTest(async ({ source }) => {
      for (const split of await source.listSplits()) {
        const whole = await drain(source, await source.openReader(split, undefined), SIZES[2]!);
        const reader = await source.openReader(split, undefined);
        const before = source.boundedness === 'bounded' ? [] : (await readAll(source, reader, SIZES[2]!)).rows;
        const controller = new AbortController();
        const waiting = reader.read({ ...SIZES[2]!, waitMs: 3_600_000, signal: controller.signal });
        controller.abort(new Error('stop'));
        const { batch, position, end } = await waiting;
        await reader.close();
        const rest = end ? [] : (await drain(source, await source.openReader(split, position), SIZES[2]!)).rows;
        assert.deepEqual([...before, ...(batch === undefined ? [] : rowsOf(batch)), ...rest], whole.rows);
      }
    }),
  );
}

interface Drained {
  readonly rows: Value[][];
  /** Positions with the number of rows before them. */
  readonly marks: { readonly position: unknown; readonly rowsBefore: number }[];
}

async function drain(source: Source, reader: SplitReader<unknown>, size: Size): Promise<Drained> {
  try {
    return await readAll(source, reader, size);
  } finally {
    await reader.close();
  }
}

/** Reads to the end, or for an unbounded source until a read gives no rows. */
async function readAll(source: Source, reader: SplitReader<unknown>, size: Size): Promise<Drained> {
  const rows: Value[][] = [];
  const marks: Drained['marks'] = [];
  for (;;) {
    const result = await reader.read({ ...size, waitMs: 5, signal: new AbortController().signal });
    if (result.batch !== undefined) checkBatch(result.batch, size);
    rows.push(...(result.batch === undefined ? [] : rowsOf(result.batch)));
    marks.push({ position: result.position, rowsBefore: rows.length });
    if (isOver(source, result)) return { rows, marks };
  }
}

function isOver(source: Source, { batch, end, skipped }: ReadResult<unknown>): boolean {
  if (source.boundedness === 'bounded') return end;
  assert.equal(end, false, 'an unbounded split does not end');
  return batch === undefined && (skipped ?? 0) === 0;
}

function checkBatch(batch: Batch, { maxRows }: Size): void {
  assert.ok(batch.rowCount > 0, 'a batch has rows, or is left out');
  assert.ok(batch.rowCount <= maxRows, `${batch.rowCount} rows, and at most ${maxRows} were asked for`);
  for (const column of batch.columns) {
    assert.ok(column.values.length >= batch.rowCount);
    assert.ok(column.nulls === undefined || column.nulls.length >= batch.rowCount);
  }
}
