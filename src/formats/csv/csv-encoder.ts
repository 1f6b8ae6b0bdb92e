import { MillraceError } from '../../common/error.js';
import type { Long } from '../../common/long.js';
import { formatDate } from '../../common/temporal.js';
import { formatBase64 } from '../../kit/base64.js';
import { plainDecimal, scientificDecimal } from '../../kit/decimal-text.js';
import { doubleText, floatText } from '../../kit/number-text.js';
import { timestampPrinter, trimmedTime } from '../../kit/time-text.js';
import { valueAt, type Batch, type Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import type { Encoder } from '../../spec/format.js';
import { csvSyntax, type CsvOptions, type CsvSyntax } from './csv-options.js';
import { checkCsvFields } from './csv-value.js';

/** The text of a value that is not NULL, without quotes. */
type Printer = (value: never) => string;

/** @throws {MillraceError} `UNSUPPORTED` for columns that CSV cannot hold, `INVALID_OPTION` for options that contradict each other. */
export function createCsvEncoder(fields: readonly Field[], options: CsvOptions): Encoder {
  checkCsvFields(fields);
  const syntax = csvSyntax(options);
  const writers = fields.map((field, c) => fieldWriter({ field, syntax, options, isFirst: c === 0 }));
  const printers = fields.map(field => printerOf(field, options) as (value: Value) => string);
  const nullText = options['null-literal'] ?? '';
  const { delimiter, quote } = syntax;

  function record(batch: Batch, row: number): string {
    let text = '';
    for (let c = 0; c < fields.length; c++) {
      if (c > 0) text += delimiter;
      const value = valueAt(batch.columns[c]!, row);
      text += value === null ? nullText : writers[c]!(printers[c]!(value));
    }
    // An empty line would be no record.
    return text === '' && quote !== undefined ? quote + quote : text;
  }

  return {
    fileExtension: 'csv',
    ...(options.header && { header: fields.map((field, c) => writers[c]!(field.name)).join(delimiter) }),
    encode(batch) {
      const records: string[] = [];
      for (let row = 0; row < batch.rowCount; row++) records.push(record(batch, row));
      return records;
    },
  };
}

interface FieldPlace {
  readonly field: Field;
  readonly syntax: CsvSyntax;
  readonly options: CsvOptions;
  readonly isFirst: boolean;
}

/** Puts quotes or escapes into a text where it would be read as something else. */
function fieldWriter({ field, syntax, options, isFirst }: FieldPlace): (text: string) => string {
  const { delimiter, quote, escape } = syntax;
  const marks = [delimiter, quote ?? '', escape ?? '', '\r', '\n'].map(char => char.replace(/[\\\]^-]/g, '\\$&')).join('');
  const hasMark = new RegExp(`[${marks}]`);
  const nullLiteral = options['null-literal'];
  const avoidsComment = isFirst && options['allow-comments'];
  const isOdd = (text: string): boolean => text === nullLiteral || hasMark.test(text) || (avoidsComment && text.startsWith('#'));
  if (quote === undefined) return text => (text !== '' && isOdd(text) ? escaped({ text, field, syntax, nullLiteral }) : text);
  const quotesEmpty = isQuotedWhenEmpty(field.type);
  return text => ((text === '' ? quotesEmpty : isOdd(text)) ? quoted(text, syntax) : text);
}

/** Quotes tell an empty text and an empty array from NULL. */
function isQuotedWhenEmpty(type: DataType): boolean {
  return type.kind === 'CHAR' || type.kind === 'VARCHAR' || type.kind === 'ARRAY';
}

function quoted(text: string, { quote = '"', escape }: CsvSyntax): string {
  const inside = escape === undefined ? text : text.replaceAll(escape, escape + escape);
  return quote + inside.replaceAll(quote, quote + quote) + quote;
}

interface Escaping {
  readonly text: string;
  readonly field: Field;
  readonly syntax: CsvSyntax;
  readonly nullLiteral: string | undefined;
}

function escaped({ text, field, syntax: { delimiter, escape }, nullLiteral }: Escaping): string {
  if (escape === undefined || text === nullLiteral) {
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: `column "${field.name}" has the text ${JSON.stringify(text)}, which needs quotes in CSV, and 'csv.disable-quote-character' is set`,
      notes: [{ message: "leave 'csv.disable-quote-character' out, or set 'csv.escape-character'" }],
    });
  }
  return text
    .replaceAll(escape, escape + escape)
    .replaceAll(delimiter, escape + delimiter)
    .replaceAll('\n', `${escape}n`)
    .replaceAll('\r', `${escape}r`)
    .replace(/^#/, `${escape}#`);
}

function printerOf({ name, type }: Field, options: CsvOptions): Printer {
  switch (type.kind) {
    case 'FLOAT':
      return floatText;
    case 'DOUBLE':
      return doubleText;
    case 'DECIMAL': {
      const print = options['write-bigdecimal-in-scientific-notation'] ? scientificDecimal : plainDecimal;
      return (value: Long) => print(value, type.scale);
    }
    case 'BINARY':
    case 'VARBINARY':
      return formatBase64;
    case 'DATE':
      return formatDate;
    case 'TIME':
      return trimmedTime;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestampPrinter({ kind: type.kind, precision: type.precision, style: 'sql' });
    case 'INTERVAL_DAY_TIME':
      // Flink keeps and writes milliseconds.
      return (value: number) => String(Math.trunc(value / 1_000));
    case 'ARRAY': {
      const print = elementPrinter({ name, type: type.element }, options);
      return (value: readonly Value[]) => value.map(print).join(options['array-element-delimiter']);
    }
    case 'ROW': {
      const printers = type.fields.map(field => elementPrinter({ name: `${name}.${field.name}`, type: field.type }, options));
      return (value: readonly Value[]) => printers.map((print, i) => print(value[i] ?? null)).join(options['array-element-delimiter']);
    }
    default:
      return (value: Value) => String(value);
  }
}

/** Elements have no quotes of their own: one that holds the delimiter could not be read back. */
function elementPrinter(field: Field, options: CsvOptions): (value: Value) => string {
  const print = printerOf(field, options) as (value: Value) => string;
  const delimiter = options['array-element-delimiter'];
  return value => {
    if (value === null) return options['null-literal'] ?? '';
    const text = print(value);
    if (!text.includes(delimiter)) return text;
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: `column "${field.name}" has the element ${JSON.stringify(text)}, which holds the delimiter of elements "${delimiter}"`,
      notes: [{ message: "set 'csv.array-element-delimiter' to a text that no element holds, or use 'format' = 'json'" }],
    });
  };
}
