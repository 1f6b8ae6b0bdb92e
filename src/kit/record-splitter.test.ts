import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Framing } from '../spec/format.js';
import { RecordSplitter, type RecordSplitterInit } from './record-splitter.js';

interface Reading {
  readonly bytes: Buffer;
  readonly framing: Framing;
  readonly startsAt?: RecordSplitterInit['startsAt'];
  readonly chunkBytes?: number;
  readonly maxRecords?: number;
  readonly maxBytes?: number;
}

interface Found {
  readonly record: string;
  /** Byte offset behind the block that the record came in. */
  readonly behind: number;
  readonly line: number;
}

function readAll({
  bytes,
  framing,
  startsAt = 'file-start',
  chunkBytes = 1 << 20,
  maxRecords = 1_000,
  maxBytes = 1 << 20,
}: Reading): Found[] {
  const splitter = new RecordSplitter({ framing, startsAt });
  const found: Found[] = [];
  let given = 0;
  let offset = 0;
  let line = 0;
  for (let finished = false; ;) {
    const block = splitter.take({ maxRecords, maxBytes });
    if (block !== undefined) {
      assert.ok(block.records.length <= maxRecords);
      const firstLine = line;
      offset += block.byteCount;
      line += block.lineCount;
      block.records.forEach((record, i) => found.push({ record, behind: offset, line: firstLine + block.lineOf(i) }));
    } else if (finished) return found;
    else {
      const byteCount = bytes.copy(splitter.room(chunkBytes), 0, given, given + chunkBytes);
      splitter.filled(byteCount);
      given += byteCount;
      if (byteCount > 0) continue;
      finished = true;
      splitter.release();
      splitter.finish();
    }
  }
}

function recordsOf(text: string, framing: Framing): string[] {
  return readAll({ bytes: Buffer.from(text), framing }).map(({ record }) => record);
}

test('lines end with a newline, a carriage return and a newline, or the end of the file', () => {
  assert.deepEqual(recordsOf('a\nb\r\nc', 'line'), ['a', 'b', 'c']);
  assert.deepEqual(recordsOf('a\n', 'line'), ['a']);
  assert.deepEqual(recordsOf('', 'line'), []);
});

test('blank lines are records only where every line is', () => {
  const text = '\na\n\r\n  \nb\n';
  assert.deepEqual(recordsOf(text, 'line'), ['a', 'b']);
  assert.deepEqual(recordsOf(text, 'quoted-line'), ['a', '  ', 'b']);
  assert.deepEqual(recordsOf(text, 'every-line'), ['', 'a', '', '  ', 'b']);
});

test('a newline inside quotes does not end a record', () => {
  assert.deepEqual(recordsOf('"a\n\nb",1\n"c""\n",2\nd', 'quoted-line'), ['"a\n\nb",1', '"c""\n",2', 'd']);
  assert.deepEqual(recordsOf('"never closed\nx\n', 'quoted-line'), ['"never closed\nx']);
  assert.deepEqual(recordsOf('x\n"', 'quoted-line'), ['x', '"']);
});

test('lines are counted, blank ones and those inside quotes too', () => {
  const bytes = Buffer.from('\n\na\nb\n\n"c\nd"\ne\n');
  assert.deepEqual(
    readAll({ bytes, framing: 'quoted-line' }).map(({ record, line }) => [record, line]),
    [
      ['a', 2],
      ['b', 3],
      ['"c\nd"', 5],
      ['e', 7],
    ],
  );
});

test('a byte order mark is skipped at the start of a file, and counted', () => {
  const bytes = Buffer.from('\ufeffa\n\ufeffb\n');
  assert.deepEqual(
    readAll({ bytes, framing: 'line', maxRecords: 1 }).map(({ record, behind }) => [record, behind]),
    [
      ['a', 5],
      ['\ufeffb', 10],
    ],
  );
  assert.deepEqual(
    readAll({ bytes: bytes.subarray(5), framing: 'line', startsAt: 'record-start' }).map(({ record }) => record),
    ['\ufeffb'],
  );
});

test('a record that is longer than any room is put together', () => {
  const long = 'é'.repeat(300_000);
  const bytes = Buffer.from(`a\n${long}\nb\n`);
  assert.deepEqual(
    readAll({ bytes, framing: 'line', chunkBytes: 1_000 }).map(({ record }) => record),
    ['a', long, 'b'],
  );
});

const line = fc.string({ unit: fc.constantFrom('a', 'é', '世', '😀', '"', '\r', ' ', '\u0000'), maxLength: 12 });
const text = fc.tuple(fc.array(line, { maxLength: 12 }), fc.boolean()).map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''));
const file = fc.oneof(
  text.map(content => Buffer.from(content)),
  // Bytes that are not UTF-8, where characters and bytes part ways.
  fc.array(fc.constantFrom(0x61, 0x0a, 0xff, 0xc3, 0xa9, 0xe4, 0x22), { maxLength: 40 }).map(bytes => Buffer.from(bytes)),
);

for (const framing of ['line', 'every-line', 'quoted-line'] as const) {
  test(`${framing}: chunks and limits change nothing, and reading can start behind every block`, () => {
    const sizes = fc.record({
      chunkBytes: fc.integer({ min: 1, max: 20 }),
      maxRecords: fc.integer({ min: 1, max: 4 }),
      maxBytes: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(file, sizes, (bytes, limits) => {
        const whole = readAll({ bytes, framing });
        const parts = readAll({ bytes, framing, ...limits });
        assert.deepEqual(
          parts.map(({ record, line: at }) => [record, at]),
          whole.map(({ record, line: at }) => [record, at]),
        );
        for (const { behind } of parts) {
          const rest = readAll({ bytes: bytes.subarray(behind), framing, startsAt: 'record-start' });
          assert.deepEqual(
            rest.map(({ record }) => record),
            parts.filter(part => part.behind > behind).map(({ record }) => record),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
}
