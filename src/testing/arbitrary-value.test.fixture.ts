import * as fc from 'fast-check';
import { toLong } from '../common/long.js';
import type { Value } from '../spec/batch.js';
import type { DataType, Field } from '../spec/data-type.js';

/** Characters that formats treat in a special way, among others. */
const ODD_CHARACTERS = fc.constantFrom(
  '"',
  "'",
  ',',
  ';',
  '|',
  '\\',
  '\n',
  '\r',
  '\t',
  '#',
  '{',
  '[',
  ' ',
  'n',
  'é',
  '世',
  '😀',
  '\u0000',
  '\u2028',
  '\ufeff',
);

/** Any text, more often than not one that is hard to write. */
export function arbitraryText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: ODD_CHARACTERS }),
    fc.constantFrom('', 'null', 'NULL', 'true', '12', '2026-01-01'),
  );
}

/** Any value of a type, NULL too where the type has it. MULTISET is left out: its elements have no order to compare. */
export function arbitraryValue(type: DataType): fc.Arbitrary<Value> {
  const present = arbitraryPresent(type);
  return type.nullable ? fc.option(present, { nil: null, freq: 5 }) : present;
}

/** Rows of the fields. */
export function arbitraryRows(fields: readonly Field[]): fc.Arbitrary<Value[][]> {
  return fc.array(fc.tuple(...fields.map(field => arbitraryValue(field.type))), { minLength: 1, maxLength: 8 });
}

function arbitraryPresent(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.boolean();
    case 'TINYINT':
      return fc.integer({ min: -128, max: 127 });
    case 'SMALLINT':
      return fc.integer({ min: -32_768, max: 32_767 });
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return fc.integer();
    case 'BIGINT':
      return fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -1000n, max: 1000n })).map(toLong);
    case 'INTERVAL_DAY_TIME':
      return fc.integer().map(millis => millis * 1_000);
    case 'FLOAT':
      return fc.float();
    case 'DOUBLE':
      return fc.double();
    case 'DECIMAL': {
      const most = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(fc.bigInt({ min: -most, max: most }), fc.bigInt({ min: -9n, max: 9n })).map(toLong);
    }
    case 'CHAR':
    case 'VARCHAR':
      return arbitraryText();
    case 'BINARY':
    case 'VARBINARY':
      return fc.uint8Array().map(bytes => new Uint8Array(bytes));
    case 'DATE':
      return fc.integer({ min: -719_000, max: 2_932_000 });
    case 'TIME':
      return fc.integer({ min: 0, max: 86_399 * 10 ** type.precision }).map(units => units * 10 ** (6 - type.precision));
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return fc
        .integer({ min: -8_000_000_000, max: 8_000_000_000 })
        .chain(seconds =>
          fc.integer({ min: 0, max: 10 ** type.precision - 1 }).map(units => seconds * 1_000_000 + units * 10 ** (6 - type.precision)),
        );
    case 'ARRAY':
      return fc.array(arbitraryValue(type.element), { maxLength: 4 });
    case 'MAP':
      return fc.array(fc.tuple(arbitraryPresent(type.key), arbitraryValue(type.value)), { maxLength: 4 }).map(entries => new Map(entries));
    case 'ROW':
      return fc.tuple(...type.fields.map(field => arbitraryValue(field.type)));
    case 'NULL':
      return fc.constant(null);
    default:
      throw new Error(`no arbitrary values of ${type.kind}`);
  }
}
