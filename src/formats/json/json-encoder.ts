import { MillraceError } from '../../common/error.js';
import type { Long } from '../../common/long.js';
import { formatDate } from '../../common/temporal.js';
import { formatBase64 } from '../../kit/base64.js';
import { plainDecimal, scientificDecimal } from '../../kit/decimal-text.js';
import { doubleText, floatText } from '../../kit/number-text.js';
import { timestampPrinter, trimmedTime } from '../../kit/time-text.js';
import type { Batch, Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import type { Encoder } from '../../spec/format.js';
import { checkJsonFields } from './check-json-type.js';
import { timestampStyle, type JsonOptions } from './json-options.js';

/** The JSON text of a value that is not NULL. */
type Printer = (value: never) => string;

/** @throws {MillraceError} `UNSUPPORTED` for columns that JSON cannot hold. */
export function createJsonEncoder(fields: readonly Field[], options: JsonOptions): Encoder {
  checkJsonFields(fields);
  const printers = fields.map(({ name, type }) => printerOf({ name, type }, options));
  const encode = compileEncoder({ fields, printers, nulls: options['encode.ignore-null-fields'] ? 'left-out' : 'written' });
  return {
    fileExtension: 'jsonl',
    encode: batch => encode(batch),
  };
}

interface EncoderPlan {
  readonly fields: readonly Field[];
  readonly printers: readonly Printer[];
  readonly nulls: 'left-out' | 'written';
}

/** One loop over the rows of a batch, written for the columns of one table: names and punctuation are constants in it. */
function compileEncoder({ fields, printers, nulls }: EncoderPlan): (batch: Batch) => string[] {
  const columns = fields.map((_, c) => c);
  const code = `'use strict';
${columns.map(c => `const print${c} = printers[${c}];`).join('\n')}
return function encode(batch) {
  const count = batch.rowCount;
  const records = new Array(count);
  ${columns.map(c => `const { values: values${c}, nulls: nulls${c} } = batch.columns[${c}];`).join('\n  ')}
  for (let row = 0; row < count; row++) {
    ${nulls === 'written' ? `records[row] = ${allMembers(fields)};` : presentMembers(fields)}
  }
  return records;
};`;
  return (new Function('printers', code) as (printers: readonly Printer[]) => (batch: Batch) => string[])(printers);
}

function allMembers(fields: readonly Field[]): string {
  const members = fields.map((field, c) => {
    const name = JSON.stringify(`${c === 0 ? '{' : ','}${JSON.stringify(field.name)}:`);
    return `${name} + (nulls${c} !== undefined && nulls${c}[row] === 1 ? 'null' : ${printCode(field.type, c)})`;
  });
  return members.length === 0 ? `'{}'` : `${members.join(' + ')} + '}'`;
}

function presentMembers(fields: readonly Field[]): string {
  const members = fields.map((field, c) => {
    const name = JSON.stringify(`,${JSON.stringify(field.name)}:`);
    return `if (nulls${c} === undefined || nulls${c}[row] !== 1) members += ${name} + ${printCode(field.type, c)};`;
  });
  return `let members = '';
    ${members.join('\n    ')}
    records[row] = '{' + members.slice(1) + '}';`;
}

function printCode(type: DataType, column: number): string {
  const value = `values${column}[row]`;
  switch (type.kind) {
    case 'BOOLEAN':
      return `(${value} === 1 ? 'true' : 'false')`;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'INTERVAL_YEAR_MONTH':
      return `String(${value})`;
    default:
      return `print${column}(${value})`;
  }
}

/** Printers by type; those of BOOLEAN see `true` and `false`, as values inside collections are. */
function printerOf({ name, type }: Field, options: JsonOptions): Printer {
  switch (type.kind) {
    case 'FLOAT':
      return (value: number) => (Number.isFinite(value) ? floatText(value) : `"${value}"`);
    case 'DOUBLE':
      // As in Jackson, numbers that JSON does not have are strings.
      return (value: number) => (Number.isFinite(value) ? doubleText(value) : `"${value}"`);
    case 'DECIMAL':
      return decimalPrinter(type.scale, options);
    case 'CHAR':
    case 'VARCHAR':
      return jsonString;
    case 'BINARY':
    case 'VARBINARY':
      return (value: Uint8Array) => `"${formatBase64(value)}"`;
    case 'DATE':
      return (value: number) => `"${formatDate(value)}"`;
    case 'TIME':
      return (value: number) => `"${trimmedTime(value)}"`;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const print = timestampPrinter({ kind: type.kind, precision: type.precision, style: timestampStyle(options) });
      return (value: number) => `"${print(value)}"`;
    }
    case 'INTERVAL_DAY_TIME':
      // Flink keeps and writes milliseconds.
      return (value: number) => String(Math.trunc(value / 1_000));
    case 'ARRAY': {
      const print = nullablePrinter({ name, type: type.element }, options);
      return (value: readonly Value[]) => `[${value.map(print).join(',')}]`;
    }
    case 'MULTISET':
      return multisetText;
    case 'MAP':
      return mapPrinter({ name, type: type.value }, options);
    case 'ROW':
      return rowPrinter(type.fields, options);
    default:
      return (value: Value) => String(value);
  }
}

function nullablePrinter(field: Field, options: JsonOptions): (value: Value) => string {
  const print = printerOf(field, options) as (value: Value) => string;
  return value => (value === null ? 'null' : print(value));
}

function decimalPrinter(scale: number, options: JsonOptions): Printer {
  const print = options['encode.decimal-as-plain-number'] ? plainDecimal : scientificDecimal;
  return (value: Long) => print(value, scale);
}

// eslint-disable-next-line no-control-regex
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

function jsonString(value: string): string {
  return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
}

/** Flink writes how often each element occurs: `{"a":2,"b":1}`. */
function multisetText(value: readonly Value[]): string {
  const counts = new Map<Value, number>();
  for (const element of value) counts.set(element, (counts.get(element) ?? 0) + 1);
  return `{${Array.from(counts, ([element, count]) => `${jsonString(String(element))}:${count}`).join(',')}}`;
}

function mapPrinter({ name, type }: Field, options: JsonOptions): Printer {
  const print = nullablePrinter({ name, type }, options);
  return (value: ReadonlyMap<Value, Value>) => {
    const members: string[] = [];
    for (const [key, item] of value) {
      const keyText = key === null ? nullKeyText(name, options) : (key as string);
      if (keyText !== undefined) members.push(`${jsonString(keyText)}:${print(item)}`);
    }
    return `{${members.join(',')}}`;
  };
}

/** The name for a NULL key; `undefined` where its entry is left out. */
function nullKeyText(name: string, options: JsonOptions): string | undefined {
  switch (options['map-null-key.mode']) {
    case 'DROP':
      return undefined;
    case 'LITERAL':
      return options['map-null-key.literal'];
    case 'FAIL':
      throw new MillraceError({
        code: 'INVALID_VALUE',
        message: `column "${name}" has a MAP with a NULL key, and JSON has none`,
        notes: [{ message: "set 'json.map-null-key.mode' to 'DROP' or 'LITERAL'" }],
      });
  }
}

function rowPrinter(fields: readonly Field[], options: JsonOptions): Printer {
  const printers = fields.map(field => nullablePrinter(field, options));
  const names = fields.map(field => `${JSON.stringify(field.name)}:`);
  const leavesOut = options['encode.ignore-null-fields'];
  return (value: readonly Value[]) => {
    const members: string[] = [];
    for (let i = 0; i < names.length; i++) {
      const item = value[i] ?? null;
      if (item !== null || !leavesOut) members.push(names[i]! + printers[i]!(item));
    }
    return `{${members.join(',')}}`;
  };
}
