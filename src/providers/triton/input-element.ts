import { decimalToDouble } from '../../common/decimal.js';
import { doubleToHalf } from '../../kit/float16.js';
import { doubleToBfloat16 } from '../../kit/tensor/bfloat16.js';
import { isJsonElement } from '../../kit/tensor/json-tensor.js';
import { datatypeFamily, integerRange, type Datatype } from '../../kit/tensor/tensor.js';
import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';

/** The form of an element in `TensorData`. */
export type Element = number | bigint | string | Uint8Array;

/** Turns a value of a column's elements, which is not NULL and has no problem, into an element. */
export function elementEncoder(type: DataType, datatype: Datatype): (value: Value) => Element {
  switch (datatypeFamily(datatype)) {
    case 'bytes':
      return value => value as string | Uint8Array;
    case 'integer':
      return datatype.endsWith('64') ? value => BigInt(value as number | bigint | boolean) : Number;
    case 'bool':
      return value => (Number(value) === 0 ? 0 : 1);
    default: {
      const toDouble = doubleOf(type);
      const narrow = { FP16: doubleToHalf, BF16: doubleToBfloat16 }[datatype as string];
      return narrow === undefined ? toDouble : value => narrow(toDouble(value));
    }
  }
}

/** What is wrong with a value, to stand after `column "x"`; `undefined` for nothing. */
export type ElementCheck = (value: Value) => string | undefined;

/** The check of elements of a column; `undefined` where all are fine. NULL is not its matter. */
export function elementCheck(type: DataType, datatype: Datatype, isBinary: boolean): ElementCheck | undefined {
  const range = integerRange(datatype);
  if (range !== undefined) {
    if (type.kind === 'BOOLEAN') return undefined;
    const [min, max] = range;
    return value =>
      (value as number | bigint) < min || (value as number | bigint) > max
        ? `has the value ${String(value)}, and the model takes ${datatype} there`
        : undefined;
  }
  if (isBinary) return undefined;
  if (type.kind === 'FLOAT' || type.kind === 'DOUBLE') {
    return value =>
      isJsonElement(value as number)
        ? undefined
        : `is ${String(value)}, which JSON cannot tell: write 'binary' = 'true' where the server can`;
  }
  if (type.kind === 'BINARY' || type.kind === 'VARBINARY') {
    return value =>
      isJsonElement(value as Uint8Array)
        ? undefined
        : "holds bytes that are no UTF-8, which JSON cannot tell: write 'binary' = 'true' where the server can";
  }
  return undefined;
}

function doubleOf(type: DataType): (value: Value) => number {
  if (type.kind !== 'DECIMAL') return Number;
  const { scale } = type;
  return value => decimalToDouble(value as number | bigint, scale);
}
