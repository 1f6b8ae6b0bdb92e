import type { ColumnValues, Value } from '../../spec/batch.js';
import { storageOf } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import type { QuickReader } from './quick-value.js';

// One loop over the records, written for the columns of one table: JSON.parse, then for each column a test for the usual
// kind of value and a store into its array. Everything else (NULL, numbers in strings, numbers with too many digits, bad
// values) goes to `slow`, which reads the text itself.

/** What the compiled loop calls. */
export interface DecoderParts {
  /** The root of a record: an object, an array, or `null` for a record without a row; `undefined` for one to skip. */
  readonly parse: (text: string, record: number) => object | null | undefined;
  /** The exact value of a column; `undefined` when the record is to be skipped. */
  readonly slow: (text: string, record: number, column: number) => Value | undefined;
  /** By column, for those types whose usual values need more than a comparison. */
  readonly quick: readonly (QuickReader | undefined)[];
  readonly hasLongDigits: (text: string) => boolean;
}

export interface DecodedColumns {
  readonly rowCount: number;
  readonly skipped: number;
  readonly values: readonly ColumnValues[];
  readonly nulls: readonly (Uint8Array | undefined)[];
}

/** Decodes records; `undefined` when a record is an array, which has to be taken apart first. */
export type CompiledDecoder = (records: readonly string[]) => DecodedColumns | undefined;

export function compileDecoder(fields: readonly Field[], parts: DecoderParts): CompiledDecoder {
  const columns = fields.map((_, c) => c);
  const code = `'use strict';
const { parse, slow, hasLongDigits, quick } = parts;
${columns.map(c => `const quick${c} = quick[${c}];`).join('\n')}
return function decode(records) {
  const count = records.length;
  let row = 0, skipped = 0;
  ${fields.map((field, c) => `const values${c} = ${allocation(field.type)}; let nulls${c};`).join('\n  ')}
  for (let i = 0; i < count; i++) {
    const text = records[i];
    const root = parse(text, i);
    if (root === null) continue;
    if (root !== undefined) {
      if (Array.isArray(root)) return undefined;
      read: {
        let value;${fields.some(field => field.type.kind === 'DECIMAL') ? '\n        const exact = !hasLongDigits(text);' : ''}
        ${fields.map((field, c) => readColumn(field, c)).join('\n        ')}
        row++;
        continue;
      }
    }
    skipped++;
    ${columns.map(c => `if (nulls${c} !== undefined && row < count) nulls${c}[row] = 0;`).join('\n    ')}
  }
  return { rowCount: row, skipped, values: [${columns.map(c => `values${c}`).join(', ')}], nulls: [${columns.map(c => `nulls${c}`).join(', ')}] };
};`;
  return (new Function('parts', code) as (parts: DecoderParts) => CompiledDecoder)(parts);
}

function allocation(type: DataType): string {
  const storage = storageOf(type);
  return storage === 'float64' ? 'new Float64Array(count)' : storage === 'boolean' ? 'new Uint8Array(count)' : '[]';
}

function readColumn({ name, type }: Field, column: number): string {
  const values = `values${column}`;
  const store = storageOf(type) === 'boolean' ? `${values}[row] = value ? 1 : 0;` : `${values}[row] = value;`;
  const storeNull = storageOf(type) === 'values' ? `${values}[row] = null; ` : '';
  return `value = ${memberAccess(name)};
        ${usualCase(type, column, values)} else {
          value = slow(text, i, ${column});
          if (value === undefined) break read;
          if (value === null) { ${storeNull}(nulls${column} ??= new Uint8Array(count))[row] = 1; } else ${store}
        }`;
}

/** Names that every object inherits are members only where the record has them. */
function memberAccess(name: string): string {
  const literal = JSON.stringify(name);
  return name in {} ? `Object.hasOwn(root, ${literal}) ? root[${literal}] : undefined` : `root[${literal}]`;
}

/** The test for a value that can be stored as it is, and the store. */
function usualCase(type: DataType, column: number, values: string): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return `if (value === true) ${values}[row] = 1; else if (value === false) ${values}[row] = 0;`;
    case 'TINYINT':
      return ofInteger(values, 'value >= -128 && value <= 127');
    case 'SMALLINT':
      return ofInteger(values, 'value >= -32768 && value <= 32767');
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return ofInteger(values, 'true');
    case 'BIGINT':
      // Adding 0 turns -0 into 0.
      return `if (typeof value === 'number' && value >= -9007199254740991 && value <= 9007199254740991 && Math.floor(value) === value) ${values}[row] = value + 0;`;
    case 'FLOAT':
      return `if (typeof value === 'number') ${values}[row] = Math.fround(value);`;
    case 'DOUBLE':
      return `if (typeof value === 'number') ${values}[row] = value;`;
    case 'DECIMAL':
      return ofDecimal(type, column, values);
    case 'CHAR':
    case 'VARCHAR':
      return `if (typeof value === 'string') ${values}[row] = value;`;
    default:
      return `if (value != null && (value = quick${column}(value)) !== undefined) ${values}[row] = value;`;
  }
}

function ofInteger(values: string, range: string): string {
  return `if (typeof value === 'number' && value === (value | 0) && ${range}) ${values}[row] = value | 0;`;
}

/**
 * A number of at most 15 digits comes back from a double exactly; scaled, it is within 2 ulp of its unscaled value. Where
 * more digits than `scale` have to be rounded, it is further away than that, and the text decides.
 */
function ofDecimal({ precision, scale }: { readonly precision: number; readonly scale: number }, column: number, values: string): string {
  const limit = `1e${Math.min(precision, 15)}`;
  if (scale > 15) return `if (false) {}`;
  const scaled = `scaled${column}`;
  return `const ${scaled} = typeof value === 'number' && exact ? value * 1e${scale} : NaN;
        if (Math.abs(${scaled} - (value = Math.round(${scaled}))) <= Math.abs(value) * 4.5e-16 && value > -${limit} && value < ${limit}) ${values}[row] = value + 0;`;
}
