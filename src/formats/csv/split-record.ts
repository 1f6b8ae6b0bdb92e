import type { QuoteState } from '../../spec/format.js';
import type { CsvSyntax } from './csv-options.js';

/** The fields of one record. */
export interface SplitRecord {
  readonly fields: readonly string[];
  /** By field, what stands in the record where that is not the field itself: quotes and escapes; absent when none has any. */
  readonly written: readonly (string | undefined)[] | undefined;
}

/** What is wrong with the quotes of a record. */
export class BadQuotes extends Error {
  override readonly name = 'BadQuotes';
  /** Where in the record. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** What may follow an escape character and means another one; as in Jackson's CSV parser. */
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0' };

/**
 * Cuts a record into fields. A field is quoted when its first character is a quote (RFC 4180); a quote further on is a
 * character like any other.
 *
 * @throws {BadQuotes}
 */
export function splitRecord(record: string, syntax: CsvSyntax): SplitRecord {
  const { delimiter, quote, escape } = syntax;
  const isPlain = (quote === undefined || !record.includes(quote)) && (escape === undefined || !record.includes(escape));
  if (isPlain) return { fields: record.split(delimiter), written: undefined };
  const fields: string[] = [];
  const written: (string | undefined)[] = [];
  for (let at = 0; at <= record.length;) {
    const end = record[at] === quote ? quotedField({ record, at, syntax, fields }) : unquotedField({ record, at, syntax, fields });
    const text = record.slice(at, end);
    written.push(text === fields.at(-1) ? undefined : text);
    at = end + 1;
  }
  return { fields, written };
}

interface FieldStart {
  readonly record: string;
  readonly at: number;
  readonly syntax: CsvSyntax;
  /** Gets the field. */
  readonly fields: string[];
}

function unquotedField({ record, at, syntax: { delimiter, escape }, fields }: FieldStart): number {
  let field = '';
  let from = at;
  let to = at;
  while (to < record.length && record[to] !== delimiter) {
    if (record[to] === escape && to + 1 < record.length) {
      field += record.slice(from, to) + unescaped(record[to + 1]!);
      from = to + 2;
      to = from;
    } else to++;
  }
  fields.push(field + record.slice(from, to));
  return to;
}

function quotedField({ record, at, syntax: { delimiter, quote, escape }, fields }: FieldStart): number {
  let field = '';
  let from = at + 1;
  let to = from;
  for (;;) {
    if (to >= record.length) throw new BadQuotes(`the quote of field ${fields.length + 1} is not closed`, at);
    const char = record[to];
    if (char === escape && to + 1 < record.length) {
      field += record.slice(from, to) + unescaped(record[to + 1]!);
      from = to + 2;
      to = from;
    } else if (char === quote && record[to + 1] === quote) {
      field += record.slice(from, to + 1);
      from = to + 2;
      to = from;
    } else if (char === quote) break;
    else to++;
  }
  fields.push(field + record.slice(from, to));
  let end = to + 1;
  while (record[end] === ' ' && delimiter !== ' ') end++;
  if (end < record.length && record[end] !== delimiter)
    throw new BadQuotes(`text follows the closing quote of field ${fields.length}`, end);
  return end;
}

function unescaped(char: string): string {
  return ESCAPED[char] ?? char;
}

/** Follows quotes over one line of a record, by the rules of `splitRecord`. */
export function quoteStateAfter(line: string, start: QuoteState, { delimiter, quote, escape }: CsvSyntax): QuoteState {
  if (quote === undefined || (start === 'closed' && !line.includes(quote))) return 'closed';
  let open = start === 'open';
  let atFieldStart = !open;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === escape) {
      at++;
      atFieldStart = false;
    } else if (open) {
      if (char !== quote) continue;
      if (line[at + 1] === quote) at++;
      else open = false;
    } else if (char === delimiter) atFieldStart = true;
    else {
      if (char === quote && atFieldStart) open = true;
      atFieldStart = false;
    }
  }
  return open ? 'open' : 'closed';
}
