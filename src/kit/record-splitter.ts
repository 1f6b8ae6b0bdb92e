import { MillraceError } from '../common/error.js';
import type { Charset, Framing, QuoteState } from '../spec/format.js';

// Bytes go in at `room`, records come out of `take`. Between the two lies one chunk of text: all bytes up to the last
// newline, turned into a string at once. Records are slices of it. What a `take` used up is counted in bytes, so that a
// reader can start again right there.

/** A longer record is more likely a file of another kind than a record; strings end at twice this size. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

export interface RecordSplitterInit {
  readonly framing: Framing;
  readonly charset?: Charset | undefined;
  /** As `Decoder.quoteState`. */
  readonly quoteState?: ((line: string, start: QuoteState) => QuoteState) | undefined;
  /** Whether the first byte is a file's first one, where a byte order mark is skipped. */
  readonly startsAt: 'file-start' | 'record-start';
}

/** Records that follow one another in a file. */
export interface RecordBlock {
  /** Without line ends. Slices of one large text. */
  readonly records: readonly string[];
  /** Bytes that the records, their line ends and the skipped lines before and between them take. */
  readonly byteCount: number;
  readonly lineCount: number;
  /** The line (from 0, counted from the block's first one) on which a record starts. */
  lineOf(record: number): number;
}

/** Cuts the bytes of a file into records. */
export class RecordSplitter {
  readonly #framing: Framing;
  readonly #charset: Charset;
  readonly #quoteState: (line: string, start: QuoteState) => QuoteState;
  #bytes: Buffer = Buffer.alloc(0);
  /** Bytes [start, end) wait to be taken. */
  #start = 0;
  #end = 0;
  /** The text of bytes [start, …); records up to `#textAt` have been taken. */
  #text = '';
  #textAt = 0;
  /** Whether characters and bytes of the text stand side by side. */
  #bytePerCharacter = true;
  #finished = false;
  /** Bytes of a byte order mark to count with the next block. */
  #skipped = 0;
  #atFileStart: boolean;
  /** With fewer bytes than this, there is no complete record. */
  #needed = 1;

  constructor({ framing, charset, quoteState, startsAt }: RecordSplitterInit) {
    this.#framing = framing;
    this.#charset = charset ?? 'utf8';
    this.#quoteState = quoteState ?? pairUp;
    this.#atFileStart = startsAt === 'file-start';
  }

  /**
   * Where to put the next bytes of the file; valid until the next call. Like `release` and `finish`, only to be called
   * after `take` gave `undefined`.
   *
   * @param minimum fewest bytes of the room.
   * @throws {MillraceError} `MALFORMED_RECORD` when one record grows beyond all measure.
   */
  room(minimum: number): Buffer {
    const waiting = this.#end - this.#start;
    if (waiting > MAX_RECORD_BYTES) throw new MillraceError({ code: 'MALFORMED_RECORD', message: 'the record is longer than 256 MiB' });
    if (this.#bytes.length - waiting < minimum) {
      const larger = Buffer.allocUnsafe(Math.max(waiting + minimum, 2 * waiting));
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      this.#bytes = larger;
    } else if (this.#start > 0) this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#start = 0;
    this.#end = waiting;
    return this.#bytes.subarray(this.#end);
  }

  /** Says how many bytes were put into the last room. */
  filled(byteCount: number): void {
    this.#end += byteCount;
  }

  /** Gives back the memory that nothing waits in; for a file that may stay quiet for long. */
  release(): void {
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** Says that no more bytes will come: what is left is a record even without a line end. */
  finish(): void {
    this.#finished = true;
    this.#needed = 1;
  }

  /**
   * The next records, at most `maxRecords` and about `maxBytes`; there may be none in a block that has only blank lines.
   *
   * @returns `undefined` when more bytes are needed, or after `finish` when there is nothing left.
   */
  take({ maxRecords, maxBytes }: { readonly maxRecords: number; readonly maxBytes: number }): RecordBlock | undefined {
    if (this.#textAt === this.#text.length && !this.#cut()) return undefined;
    const cursor: Cursor = { at: this.#textAt, records: [], lineCount: 0, starts: undefined };
    const stop = this.#textAt + Math.max(1, maxBytes);
    while (cursor.records.length < maxRecords && cursor.at < this.#text.length && cursor.at < stop) {
      if (!this.#takeRecord(cursor)) break;
    }
    if (cursor.at === this.#textAt) return this.#waitForMore();
    const byteCount = this.#advance(cursor) + this.#skipped;
    this.#skipped = 0;
    const { records, lineCount, starts } = cursor;
    return { records, byteCount, lineCount, lineOf: record => starts?.[record] ?? record };
  }

  /** Turns bytes up to the last newline into text, or all of them once there are no more to come. */
  #cut(): boolean {
    if (this.#end - this.#start < this.#needed) return false;
    const end = this.#finished ? this.#end : this.#bytes.lastIndexOf(NEWLINE, this.#end - 1) + 1;
    if (end <= this.#start) return false;
    this.#needed = 1;
    if (this.#atFileStart) this.#skipByteOrderMark();
    this.#text = this.#bytes.toString(this.#charset, this.#start, end);
    this.#textAt = 0;
    // No character takes less than one byte, so equal counts mean one byte each, also where bytes are not UTF-8.
    this.#bytePerCharacter = this.#text.length === end - this.#start;
    return this.#text.length > 0;
  }

  #skipByteOrderMark(): void {
    this.#atFileStart = false;
    const { [this.#start]: first, [this.#start + 1]: second, [this.#start + 2]: third } = this.#bytes;
    if (this.#end - this.#start < 3 || first !== 0xef || second !== 0xbb || third !== 0xbf) return;
    this.#start += 3;
    this.#skipped = 3;
  }

  /** Moves the cursor over one line or record; false, with the cursor where it was, when its end is not there yet. */
  #takeRecord(cursor: Cursor): boolean {
    const text = this.#text;
    const { at } = cursor;
    let lineCount = 1;
    let newline = text.indexOf('\n', at);
    if (this.#framing === 'quoted-line') {
      let lineStart = at;
      let state = this.#quoteState(lineAt(text, at, newline), 'closed');
      while (state === 'open' && newline !== -1) {
        lineStart = newline + 1;
        if (lineStart === text.length) {
          if (!this.#finished) return false;
          break;
        }
        newline = text.indexOf('\n', lineStart);
        lineCount++;
        state = this.#quoteState(lineAt(text, lineStart, newline), 'open');
      }
    }
    const end = newline === -1 ? text.length : newline;
    const contentEnd = end > at && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
    if (!this.#isBlank(at, contentEnd)) addRecord(cursor, text.slice(at, contentEnd));
    cursor.at = newline === -1 ? end : newline + 1;
    cursor.lineCount += lineCount;
    return true;
  }

  #isBlank(from: number, to: number): boolean {
    if (this.#framing === 'every-line') return false;
    if (from === to) return true;
    return this.#framing === 'line' && this.#text.charCodeAt(from) <= SPACE && this.#text.slice(from, to).trim() === '';
  }

  /** Moves on to where the cursor is. */
  #advance(cursor: Cursor): number {
    let end = this.#start + (cursor.at - this.#textAt);
    if (!this.#bytePerCharacter) end = cursor.at === this.#text.length ? this.#endOfText() : this.#afterLines(cursor.lineCount);
    const byteCount = end - this.#start;
    this.#start = end;
    this.#textAt = cursor.at;
    return byteCount;
  }

  #endOfText(): number {
    return this.#finished ? this.#end : this.#bytes.lastIndexOf(NEWLINE, this.#end - 1) + 1;
  }

  #afterLines(lineCount: number): number {
    let end = this.#start;
    for (let i = 0; i < lineCount; i++) end = this.#bytes.indexOf(NEWLINE, end) + 1;
    return end;
  }

  /** The rest of the text is the start of a record: its bytes are turned into text again together with those that follow. */
  #waitForMore(): undefined {
    this.#text = '';
    this.#textAt = 0;
    this.#needed = this.#end - this.#start + 1;
    return undefined;
  }
}

interface Cursor {
  at: number;
  readonly records: string[];
  lineCount: number;
  /** Lines on which the records start; absent as long as each record is one line. */
  starts: number[] | undefined;
}

function addRecord(cursor: Cursor, record: string): void {
  const index = cursor.records.push(record) - 1;
  if (cursor.starts === undefined && cursor.lineCount !== index) cursor.starts = Array.from({ length: index }, (_, i) => i);
  cursor.starts?.push(cursor.lineCount);
}

function lineAt(text: string, from: number, newline: number): string {
  return text.slice(from, newline === -1 ? text.length : newline);
}

/** The state after a line when each double quote opens or closes. */
function pairUp(line: string, start: QuoteState): QuoteState {
  let open = start === 'open';
  for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) open = !open;
  return open ? 'open' : 'closed';
}
