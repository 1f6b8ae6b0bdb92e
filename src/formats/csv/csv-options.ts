import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { flag, option, text } from '../../spec/option.js';

export const csvOptions = z.object({
  'field-delimiter': option(character().default(','), { doc: 'The character between two fields; `\\t` is a tab.' }),
  'disable-quote-character': option(flag().default(false), {
    doc: 'Whether fields are never quoted; then `quote-character` must not be set.',
  }),
  'quote-character': option(character().optional(), {
    doc: 'The character around a field that holds a delimiter, a quote or a newline; `"` by default. Inside, it is written twice.',
  }),
  'allow-comments': option(flag().default(false), { doc: 'Whether lines that start with `#` are passed over.' }),
  'ignore-parse-errors': option(flag().default(false), {
    doc: 'Whether a field that cannot be read is NULL, and a record that cannot be read is skipped, instead of an error.',
  }),
  'array-element-delimiter': option(text().min(1).default(';'), { doc: 'The text between two elements of an ARRAY or fields of a ROW.' }),
  'escape-character': option(character().optional(), {
    doc: 'The character that takes away the meaning of the one after it; none by default.',
  }),
  'null-literal': option(text().optional(), {
    doc: 'What an unquoted field says for NULL. Without it, an empty field is NULL, apart from character columns, where it is the empty string.',
  }),
  'write-bigdecimal-in-scientific-notation': option(flag().default(true), {
    doc: 'Whether a DECIMAL may be written with an exponent: `100000` as `1E+5`, as in Flink.',
  }),
  header: option(flag().default(false), {
    doc: 'Whether files start with a line of column names. In reading, columns are then found by name.',
  }),
});

export type CsvOptions = z.output<typeof csvOptions>;

const ESCAPES: Readonly<Record<string, string>> = { '\\t': '\t', '\\\\': '\\', '\\b': '\b', '\\f': '\f', "\\'": "'", '\\"': '"' };

/** One character, or one written with a backslash as in Java. */
function character() {
  return text().transform((written, context): string => {
    const unicode = /^\\u([0-9a-fA-F]{4})$/.exec(written);
    const char = unicode ? String.fromCharCode(parseInt(unicode[1]!, 16)) : (ESCAPES[written] ?? written);
    if (char.length === 1 && char !== '\n' && char !== '\r') return char;
    context.addIssue({ code: 'custom', message: `expected one character, found "${written}"` });
    return z.NEVER;
  });
}

/** The marks that a record is cut at. */
export interface CsvSyntax {
  readonly delimiter: string;
  /** Absent where fields are never quoted. */
  readonly quote: string | undefined;
  readonly escape: string | undefined;
}

/** @throws {MillraceError} `INVALID_OPTION` when two marks are the same or contradict each other. */
export function csvSyntax(options: CsvOptions): CsvSyntax {
  const disabled = options['disable-quote-character'];
  if (disabled && options['quote-character'] !== undefined) {
    throw invalid('"csv.quote-character" is set, and "csv.disable-quote-character" is true', 'leave one of them out');
  }
  const syntax: CsvSyntax = {
    delimiter: options['field-delimiter'],
    quote: disabled ? undefined : (options['quote-character'] ?? '"'),
    escape: options['escape-character'],
  };
  const { delimiter, quote, escape } = syntax;
  if (delimiter === quote || delimiter === escape || (quote !== undefined && quote === escape)) {
    throw invalid(
      '"csv.field-delimiter", "csv.quote-character" and "csv.escape-character" are not three different characters',
      'choose another one',
    );
  }
  return syntax;
}

function invalid(message: string, note: string): MillraceError {
  return new MillraceError({ code: 'INVALID_OPTION', message: `option ${message}`, notes: [{ message: note }] });
}
