import type { z } from 'zod';
import type { Batch } from './batch.js';
import type { Field } from './data-type.js';
import type { OptionSchema } from './option.js';

/**
 * How records stand in a file: one a line, blank lines apart (`line`); one a line, blank ones too (`every-line`); or as
 * `line` except for newlines inside quotes (`quoted-line`).
 */
export type Framing = 'line' | 'every-line' | 'quoted-line';

/** How text stands in bytes. `latin1` maps each byte to the character of its number, so that any bytes pass through. */
export type Charset = 'utf8' | 'latin1';

/** Whether the end of a line stands inside quotes, so that its record goes on on the next line. */
export type QuoteState = 'closed' | 'open';

export interface DecodeResult {
  /** Rows of all records, in order. A record may give no row (skipped as its options allow) or several. */
  readonly batch: Batch;
  /** Records that were skipped because an option such as `ignore-parse-errors` said so. */
  readonly skipped: number;
}

/** Turns records into rows of a table's physical columns. Holds no state between calls. */
export interface Decoder {
  /** How the bytes of a record become its text; `utf8` when absent. */
  readonly charset?: Charset;
  /** With framing `quoted-line`, follows quotes over one line, whose start has the given state. Absent: double quotes pair up. */
  quoteState?(line: string, start: QuoteState): QuoteState;
  /**
   * Present where the first record of each file names its columns.
   *
   * @returns the decoder of the file's other records; `undefined` where this record is none (a comment) and the next one is to be asked.
   * @throws {MillraceError} `MALFORMED_RECORD` when the header does not fit the table.
   */
  withHeader?(record: string): Decoder | undefined;
  /**
   * @param records text of each record, without its line end. Values must not be slices of it, which would keep a whole
   * chunk of a file in memory.
   * @throws {MillraceError} `MALFORMED_RECORD` with `context.position` set to `record N` (from 0) of the first bad one.
   */
  decode(records: readonly string[]): DecodeResult;
}

/** Turns rows into records. */
export interface Encoder {
  /** How the text of a record becomes bytes; `utf8` when absent. */
  readonly charset?: Charset;
  /** What names of files of such records end in, without the dot. */
  readonly fileExtension?: string;
  /** What stands before the first record of a file, without a line end; absent for none. */
  readonly header?: string;
  /** One record a row, without line ends. Row kinds are ignored. */
  encode(batch: Batch): string[];
}

export interface FormatContext<Options> {
  readonly options: Options;
  /** The columns to read or write, in the order of the batch. */
  readonly fields: readonly Field[];
  /**
   * All physical columns of the table in declared order, for a format that finds columns by their place. Absent when
   * they are the `fields`.
   */
  readonly declared?: readonly Field[];
  /** IANA name; TIMESTAMP_LTZ is shown in it where the format writes no zone. */
  readonly timeZone: string;
}

/** How bytes become rows and rows become bytes. */
export interface Format<Options extends OptionSchema = OptionSchema> {
  /** The value of `'format'`; its options have this name and a dot in front: `json.ignore-parse-errors`. */
  readonly name: string;
  readonly options: Options;
  readonly framing: Framing;
  createDecoder(context: FormatContext<z.output<Options>>): Decoder;
  createEncoder(context: FormatContext<z.output<Options>>): Encoder;
}

export function defineFormat<Options extends OptionSchema>(format: Format<Options>): Format<Options> {
  return format;
}
