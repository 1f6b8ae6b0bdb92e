import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import type { TimestampStyle } from '../../kit/time-text.js';
import { flag, oneOf, option, text } from '../../spec/option.js';

export const jsonOptions = z.object({
  'fail-on-missing-field': option(flag().default(false), {
    doc: 'Whether a record without one of the columns is an error; else the column is NULL.',
  }),
  'ignore-parse-errors': option(flag().default(false), {
    doc: 'Whether a value that cannot be read is NULL, and a record that cannot be read is skipped, instead of an error.',
  }),
  'timestamp-format.standard': option(oneOf('SQL', 'ISO-8601', 'ISO-8601-WITH-OFFSET').default('SQL'), {
    doc: 'How timestamps are written: SQL `2026-01-01 10:00:00.5`, ISO-8601 `2026-01-01T10:00:00.5`, both with `Z` for TIMESTAMP_LTZ; or ISO-8601 with any offset, written in UTC.',
  }),
  'map-null-key.mode': option(oneOf('FAIL', 'DROP', 'LITERAL').default('FAIL'), {
    doc: 'What writing a MAP with a NULL key does: an error, leave the entry out, or use `map-null-key.literal`.',
  }),
  'map-null-key.literal': option(text().default('null'), { doc: 'The name that stands for a NULL key in mode LITERAL.' }),
  'encode.decimal-as-plain-number': option(flag().default(false), {
    doc: 'Whether a DECIMAL is always written in plain digits; else `0.000000027` is `2.7E-8` and `100.00` is `1E+2`, as in Flink.',
  }),
  'encode.ignore-null-fields': option(flag().default(false), { doc: 'Whether columns and fields that are NULL are left out.' }),
  'decode.json-parser.enabled': option(flag().default(true), { doc: 'Chooses between two parsers in Flink; has no effect here.' }),
});

export type JsonOptions = z.output<typeof jsonOptions>;

/** @throws {MillraceError} `INVALID_OPTION` for options that exclude each other. */
export function checkJsonOptions(options: JsonOptions): void {
  if (!options['fail-on-missing-field'] || !options['ignore-parse-errors']) return;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: 'options "json.fail-on-missing-field" and "json.ignore-parse-errors" are both true',
    notes: [{ message: 'leave one of them out' }],
  });
}

export function timestampStyle(options: JsonOptions): TimestampStyle {
  const styles = { SQL: 'sql', 'ISO-8601': 'iso', 'ISO-8601-WITH-OFFSET': 'iso-offset' } as const;
  return styles[options['timestamp-format.standard']];
}
