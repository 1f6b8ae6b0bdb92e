import { BIGINT, BOOLEAN, BYTES, DOUBLE, INT, STRING, timestamp, type DataType, isNumber } from '../../spec/data-type.js';
import type { BoundArgument } from './function.js';
import { isBytes, isConstructed, isInteger, isInterval, isText, isTimePoint } from './type-rules.js';

/**
 * The type that an argument is cast to; `undefined` when the argument does not fit.
 *
 * @param earlier the types of the parameters before it.
 */
export type Parameter = (argument: BoundArgument, earlier: readonly DataType[]) => DataType | undefined;

/** What an untyped NULL is taken for. */
function orNull(fallback: DataType, fits: (type: DataType) => DataType | undefined): Parameter {
  return ({ type }) => (type.kind === 'NULL' ? fallback : fits(type));
}

/** A CHAR or VARCHAR as it is; numbers, BOOLEAN and times become their text. */
export const text: Parameter = orNull(STRING, type => {
  if (isText(type)) return type;
  return isConstructed(type) || isBytes(type) || isInterval(type) ? undefined : STRING;
});

/** A CHAR or VARCHAR, nothing else. */
export const textOnly: Parameter = orNull(STRING, type => (isText(type) ? type : undefined));

/** A BINARY or VARBINARY as it is. */
export const bytes: Parameter = orNull(BYTES, type => (isBytes(type) ? type : undefined));

/** TINYINT to BIGINT as it is. */
export const integer: Parameter = orNull(INT, type => (isInteger(type) ? type : undefined));

/** TINYINT to BIGINT as BIGINT. */
export const bigint: Parameter = orNull(BIGINT, type => (isInteger(type) ? BIGINT : undefined));

/** Any number as it is. */
export const number: Parameter = orNull(INT, type => (isNumber(type) ? type : undefined));

/** Any number as DOUBLE. */
export const double: Parameter = orNull(DOUBLE, type => (isNumber(type) ? DOUBLE : undefined));

export const boolean: Parameter = orNull(BOOLEAN, type => (type.kind === 'BOOLEAN' ? type : undefined));

/** DATE, TIMESTAMP or TIMESTAMP_LTZ as it is. */
export const dateOrTimestamp: Parameter = orNull(timestamp(3), type => (isTimePoint(type) && type.kind !== 'TIME' ? type : undefined));

/** DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ as it is. */
export const timePoint: Parameter = orNull(timestamp(3), type => (isTimePoint(type) ? type : undefined));

export const array: Parameter = ({ type }) => (type.kind === 'ARRAY' ? type : undefined);

export const map: Parameter = ({ type }) => (type.kind === 'MAP' ? type : undefined);

/** Anything as it is. */
export const any: Parameter = ({ type }) => type;
