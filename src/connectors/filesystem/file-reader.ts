import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock } from '../../common/clock.js';
import type { MillraceError } from '../../common/error.js';
import { fileError } from '../../kit/file-error.js';
import { malformedIndex, repositioned } from '../../kit/malformed-record.js';
import { RecordSplitter, type RecordBlock } from '../../kit/record-splitter.js';
import { columnOf, type Batch, type Column, type Value } from '../../spec/batch.js';
import type { ReadLimit, ReadResult, SplitReader } from '../../spec/connector.js';
import type { Field } from '../../spec/data-type.js';
import type { Decoder, Framing } from '../../spec/format.js';
import type { FileBytes } from './file-bytes.js';
import { openFileBytes } from './open-file-bytes.js';

/** Bytes asked of the file at once. */
const CHUNK_BYTES = 256 * 1024;

/** Where in a file the next record starts. */
export interface FilePosition {
  /** Bytes before it, counted after unpacking. */
  readonly offset: number;
  /** Lines before it. */
  readonly line: number;
}

export interface FileReaderInit {
  readonly path: string;
  readonly from: FilePosition;
  readonly decoder: Decoder;
  readonly framing: Framing;
  /** Keys of the metadata columns that follow the physical ones. */
  readonly metadata: readonly { readonly key: string; readonly field: Field }[];
  readonly clock: Clock;
  /** Least milliseconds between two looks at a file that may grow; absent for a file that is complete. */
  readonly pollMs: number | undefined;
}

/**
 * Reads the records of one file from a position on.
 *
 * @throws {MillraceError} `IO`; `MALFORMED_RECORD` when the file's header does not fit.
 */
export async function openFileReader(init: FileReaderInit): Promise<SplitReader<FilePosition>> {
  const { path, from, framing } = init;
  const growth = init.pollMs === undefined ? 'complete' : 'growing';
  let { decoder } = init;
  if (from.offset > 0 && decoder.withHeader !== undefined) decoder = await readHeader(init);
  const bytes = await openFileBytes({ path, offset: from.offset, growth });
  const splitter = newSplitter({ framing, decoder, offset: from.offset });
  return new FileReader({ ...init, decoder, bytes, splitter, described: await describe(path) });
}

/** The values of the metadata columns by key. */
async function describe(path: string): Promise<Readonly<Record<string, Value>>> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { 'file.path': path, 'file.name': basename(path), 'file.size': size, 'file.modification-time': Math.floor(mtimeMs) * 1_000 };
  } catch (cause) {
    throw fileError({ action: 'read', path, cause });
  }
}

function newSplitter({
  framing,
  decoder,
  offset,
}: {
  readonly framing: Framing;
  readonly decoder: Decoder;
  readonly offset: number;
}): RecordSplitter {
  const quoteState = decoder.quoteState && ((line: string, start: 'closed' | 'open') => decoder.quoteState!(line, start));
  return new RecordSplitter({ framing, charset: decoder.charset, quoteState, startsAt: offset === 0 ? 'file-start' : 'record-start' });
}

/** Reads the header of a file whose reading goes on behind it. */
async function readHeader({ path, decoder, framing }: FileReaderInit): Promise<Decoder> {
  const bytes = await openFileBytes({ path, offset: 0, growth: 'complete' });
  try {
    const splitter = newSplitter({ framing, decoder, offset: 0 });
    for (let finished = false; ;) {
      const block = splitter.take({ maxRecords: 1, maxBytes: 1 });
      if (block !== undefined) {
        const found = block.records[0] === undefined ? undefined : decoder.withHeader!(block.records[0]);
        if (found !== undefined) return found;
      } else if (finished) return decoder;
      else {
        const byteCount = await bytes.read(splitter.room(CHUNK_BYTES));
        splitter.filled(byteCount);
        finished = byteCount === 0;
        if (finished) splitter.finish();
      }
    }
  } finally {
    await bytes.close();
  }
}

interface OpenFile extends FileReaderInit {
  readonly bytes: FileBytes;
  readonly splitter: RecordSplitter;
  readonly described: Readonly<Record<string, Value>>;
}

class FileReader implements SplitReader<FilePosition> {
  readonly #file: OpenFile;
  #decoder: Decoder;
  #position: FilePosition;
  #finished = false;
  /** When a growing file was found at its end, in the clock's monotonic milliseconds. */
  #lookedAt = -Infinity;
  /** Whether the next record may be the file's header. */
  #beforeHeader: boolean;

  constructor(file: OpenFile) {
    this.#file = file;
    this.#decoder = file.decoder;
    this.#position = file.from;
    this.#beforeHeader = file.from.offset === 0 && file.decoder.withHeader !== undefined;
  }

  async read(limit: ReadLimit): Promise<ReadResult<FilePosition>> {
    const { clock, pollMs } = this.#file;
    const deadline = clock.monotonic() + limit.waitMs;
    for (;;) {
      const result = await this.#readPresent(limit);
      if (result !== undefined) return result;
      // A reader that starts behind a part of what comes before the header would take the header for a row.
      const position = this.#beforeHeader ? this.#file.from : this.#position;
      if (pollMs === undefined) return { batch: undefined, position, end: true };
      const now = clock.monotonic();
      if (now >= deadline || limit.signal.aborted) return { batch: undefined, position, end: false };
      // An abort only ends the waiting.
      await clock.sleep(Math.max(1, Math.min(deadline, this.#lookedAt + pollMs) - now), limit.signal).catch(() => undefined);
    }
  }

  /** The rows of the next block; `undefined` at the present end of the file. */
  async #readPresent({ maxRows, maxBytes }: ReadLimit): Promise<ReadResult<FilePosition> | undefined> {
    const { splitter } = this.#file;
    for (;;) {
      const block = splitter.take(this.#beforeHeader ? { maxRecords: 1, maxBytes: 1 } : { maxRecords: maxRows, maxBytes });
      if (block === undefined) {
        if (!(await this.#fill(maxBytes))) return undefined;
      } else if (this.#beforeHeader) this.#takeHeader(block);
      else if (block.records.length === 0) this.#moveBehind(block);
      else return this.#decode(block);
    }
  }

  /** Puts more bytes into the splitter; false when there are none. */
  async #fill(maxBytes: number): Promise<boolean> {
    const { splitter, bytes, pollMs, clock } = this.#file;
    if (this.#finished || (pollMs !== undefined && clock.monotonic() < this.#lookedAt + pollMs)) return false;
    const byteCount = await bytes.read(splitter.room(Math.max(CHUNK_BYTES, Math.min(maxBytes, 4 * CHUNK_BYTES))));
    splitter.filled(byteCount);
    if (byteCount > 0) return true;
    splitter.release();
    if (pollMs !== undefined) {
      this.#lookedAt = clock.monotonic();
      return false;
    }
    this.#finished = true;
    splitter.finish();
    return true;
  }

  #takeHeader(block: RecordBlock): void {
    const record = block.records[0];
    if (record !== undefined) {
      let found: Decoder | undefined;
      try {
        found = this.#decoder.withHeader!(record);
      } catch (thrown) {
        throw this.#located(thrown, block);
      }
      if (found !== undefined) {
        this.#decoder = found;
        this.#beforeHeader = false;
      }
    }
    this.#moveBehind(block);
  }

  #decode(block: RecordBlock): ReadResult<FilePosition> {
    let decoded;
    try {
      decoded = this.#decoder.decode(block.records);
    } catch (thrown) {
      throw this.#located(thrown, block);
    }
    this.#moveBehind(block);
    const { batch, skipped } = decoded;
    const rows = batch.rowCount === 0 ? undefined : this.#withMetadata(batch);
    return { batch: rows, position: this.#position, end: false, ...(skipped > 0 && { skipped }) };
  }

  #moveBehind({ byteCount, lineCount }: RecordBlock): void {
    this.#position = { offset: this.#position.offset + byteCount, line: this.#position.line + lineCount };
  }

  #withMetadata(batch: Batch): Batch {
    const { metadata, described } = this.#file;
    if (metadata.length === 0) return batch;
    const columns = metadata.map(({ key, field }): Column => columnOf(field.type, new Array<Value>(batch.rowCount).fill(described[key]!)));
    return { ...batch, columns: [...batch.columns, ...columns] };
  }

  /** The decoder's error with the line in place of the record's number. */
  #located(thrown: unknown, block: RecordBlock): unknown {
    const record = malformedIndex(thrown);
    if (record === undefined) return thrown;
    return repositioned(thrown as MillraceError, `line ${this.#position.line + block.lineOf(record) + 1}`);
  }

  async close(): Promise<void> {
    await this.#file.bytes.close();
  }
}
