import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  NULL,
  STRING,
  timestamp,
  timestampLtz,
  type DataType,
  type Field,
} from '../../spec/data-type.js';

// Columns that the tests of this folder share.

export const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
export const SMALLINT: DataType = { kind: 'SMALLINT', nullable: true };
export const TIME: DataType = { kind: 'TIME', precision: 3, nullable: true };

export function row(...fields: readonly Field[]): DataType {
  return { kind: 'ROW', fields, nullable: true };
}

export function mapOf(key: DataType, value: DataType): DataType {
  return { kind: 'MAP', key, value, nullable: true };
}

export function field(name: string, type: DataType): Field {
  return { name, type };
}

/** A column of each scalar type. */
export const SCALARS: readonly Field[] = [
  field('flag', BOOLEAN),
  field('tiny', TINYINT),
  field('small', SMALLINT),
  field('int', INT),
  field('long', BIGINT),
  field('float', FLOAT),
  field('double', DOUBLE),
  field('money', decimal(10, 2)),
  field('exact', decimal(38, 18)),
  field('text', STRING),
  field('bytes', BYTES),
  field('date', DATE),
  field('time', TIME),
  field('at', timestamp(3)),
  field('instant', timestampLtz(6)),
  field('months', { kind: 'INTERVAL_YEAR_MONTH', nullable: true }),
  field('span', { kind: 'INTERVAL_DAY_TIME', nullable: true }),
  field('nothing', NULL),
];

/** Columns of collections, some with names that every object inherits. */
export const NESTED: readonly Field[] = [
  field('list', arrayOf(BIGINT)),
  field('vector', arrayOf(FLOAT)),
  field('prices', mapOf(STRING, decimal(12, 4))),
  field('who', row(field('name', STRING), field('tags', arrayOf(STRING)), field('seen', timestamp(0)), field('toString', INT))),
  field('deep', arrayOf(row(field('m', mapOf(STRING, arrayOf(DOUBLE)))))),
];
