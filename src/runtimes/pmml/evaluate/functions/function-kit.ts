import type { Code } from '../code.js';
import { refuseLine } from '../compilation.js';
import { RowFailure, type Row } from '../row.js';
import { castValue, familyOf, type FieldType, type Value } from '../value.js';

/** A call of a function in the document. */
export interface Call {
  readonly name: string;
  readonly line: number;
}

/** Makes the code of a call. */
export type FunctionCompiler = (operands: readonly Code[], call: Call) => Code;

export const DOUBLE: FieldType = { dataType: 'double', opType: 'continuous' };
export const FLOAT: FieldType = { dataType: 'float', opType: 'continuous' };
export const INTEGER: FieldType = { dataType: 'integer', opType: 'continuous' };
export const BOOLEAN: FieldType = { dataType: 'boolean', opType: 'categorical' };
export const STRING: FieldType = { dataType: 'string', opType: 'categorical' };

/** @throws {MillraceError} `MODEL_LOAD` when the call has another number of operands. */
export function checkCount(operands: readonly Code[], call: Call, least: number, most: number): void {
  if (operands.length >= least && operands.length <= most) return;
  const wanted = least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
  refuseLine(call.line, `the function "${call.name}" takes ${wanted} operands, not ${operands.length}`);
}

export function costOf(operands: readonly Code[]): number {
  return operands.reduce((sum, operand) => sum + operand.cost, 1);
}

/** A function of values that are all there: missing where one operand is. */
export function strict(operands: readonly Code[], type: FieldType, compute: (values: readonly NonNullable<Value>[]) => Value): Code {
  const evaluations = operands.map(operand => operand.evaluate);
  return {
    ...type,
    cost: costOf(operands),
    evaluate: row => {
      const values: NonNullable<Value>[] = [];
      for (let i = 0; i < evaluations.length; i++) {
        const value = evaluations[i]!(row);
        if (value === undefined) return undefined;
        values.push(value);
      }
      return compute(values);
    },
  };
}

/** Reads an operand as a number. Where its type is not of numbers, each value is cast, and what is none fails its row. */
export function numbersOf(operand: Code, call: Call): (row: Row) => number | undefined {
  const { evaluate } = operand;
  if (familyOf(operand.dataType) === 'number') return evaluate as (row: Row) => number | undefined;
  return row => toNumber(evaluate(row), call);
}

export function toNumber(value: Value, call: Call): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  const number = castValue(value, 'double');
  if (typeof number !== 'number')
    throw new RowFailure(`the function "${call.name}" takes a number, not ${JSON.stringify(String(value).slice(0, 60))}`);
  return number;
}

/** The type of a sum: integer, else float, else double. */
export function promote(operands: readonly Code[]): FieldType {
  const types = operands.map(operand => operand.dataType);
  if (types.every(type => type === 'integer' || type === 'boolean')) return INTEGER;
  return types.some(type => type === 'float') && types.every(type => type === 'float' || type === 'integer') ? FLOAT : DOUBLE;
}

export function rounding(type: FieldType): (value: number) => number {
  return type.dataType === 'float' ? Math.fround : value => value;
}
