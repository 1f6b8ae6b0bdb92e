import { MillraceError } from '../../common/error.js';
import { parseDecimal } from '../../common/decimal.js';
import { parseLong } from '../../common/long.js';
import { parseDate } from '../../common/temporal.js';
import { UTC } from '../../common/zone.js';
import { parseBase64 } from '../../kit/base64.js';
import { ownText } from '../../kit/own-text.js';
import { parsePreciseTime, timestampParser } from '../../kit/time-text.js';
import type { Value } from '../../spec/batch.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { parseValue } from '../../spec/value-text.js';
import type { CsvOptions } from './csv-options.js';

/**
 * The value of a field's text.
 *
 * @param written what stands in the record, where that has quotes or escapes.
 * @returns `undefined` when the text is no value of the type.
 */
export type FieldReader = (text: string, written: string | undefined) => Value | undefined;

/**
 * Reads a column, as Flink's CsvToRowDataConverters does, apart from: an empty field of a column that is not of
 * characters is NULL, the NULL literal inside quotes is a text, and a BOOLEAN that is neither true nor false is an error.
 */
export function fieldReader({ type }: Field, options: CsvOptions): FieldReader {
  const read = presentReader(type, options);
  const nullLiteral = options['null-literal'];
  const isText = type.kind === 'CHAR' || type.kind === 'VARCHAR';
  return (text, written) => {
    if ((written ?? text) === nullLiteral) return null;
    // An empty array differs from NULL by its quotes.
    if (text === '' && !isText && (written === undefined || type.kind !== 'ARRAY')) return null;
    return read(text);
  };
}

function presentReader(type: DataType, options: CsvOptions): (text: string) => Value | undefined {
  switch (type.kind) {
    case 'ARRAY': {
      const read = fieldReader({ name: '', type: type.element }, options);
      return text => listOf(text === '' ? [] : text.split(options['array-element-delimiter']), () => read);
    }
    case 'ROW': {
      const readers = type.fields.map(field => fieldReader(field, options));
      return text => {
        const parts = text.split(options['array-element-delimiter']);
        return parts.length === readers.length ? listOf(parts, i => readers[i]!) : undefined;
      };
    }
    default:
      return scalarReader(type);
  }
}

function listOf(parts: readonly string[], readerAt: (i: number) => FieldReader): Value | undefined {
  const values: Value[] = [];
  for (let i = 0; i < parts.length; i++) {
    const value = readerAt(i)(parts[i]!, undefined);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function scalarReader(type: DataType): (text: string) => Value | undefined {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return ownText;
    case 'BOOLEAN':
      return text => ({ true: true, false: false })[text.trim().toLowerCase()];
    case 'TINYINT':
      return integerReader(128);
    case 'SMALLINT':
      return integerReader(32_768);
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return integerReader(2_147_483_648);
    case 'BIGINT':
      return text => parseLong(text.trim());
    case 'INTERVAL_DAY_TIME':
      // Flink keeps and writes milliseconds.
      return text => {
        const millis = parseLong(text.trim());
        return millis === undefined ? undefined : Number(millis) * 1_000;
      };
    case 'DECIMAL':
      return text => parseDecimal(text.trim(), type.precision, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return parseBase64;
    case 'DATE':
      return text => parseDate(text.trim());
    case 'TIME':
      return text => parsePreciseTime(text.trim(), type.precision);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const parse = timestampParser({ kind: type.kind, precision: type.precision, style: 'sql' });
      return text => parse(text.trim());
    }
    case 'NULL':
      return () => null;
    default:
      return text => parseValue(text, type, UTC);
  }
}

function integerReader(limit: number): (text: string) => Value | undefined {
  return text => {
    const value = parseLong(text.trim());
    return typeof value === 'number' && value >= -limit && value < limit ? value : undefined;
  };
}

/**
 * Checks that CSV can hold the columns: scalars, and ARRAY and ROW of scalars.
 *
 * @throws {MillraceError} `UNSUPPORTED`
 */
export function checkCsvFields(fields: readonly Field[]): void {
  for (const { name, type } of fields) {
    const inner = type.kind === 'ARRAY' ? [type.element] : type.kind === 'ROW' ? type.fields.map(field => field.type) : [];
    const isBad =
      type.kind === 'MAP' || type.kind === 'MULTISET' || inner.some(part => ['ARRAY', 'ROW', 'MAP', 'MULTISET'].includes(part.kind));
    if (!isBad) continue;
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: `column "${name}" is ${formatType(type, 'ignore')}, which format "csv" cannot hold`,
      notes: [{ message: "use 'format' = 'json' for this table" }],
    });
  }
}
