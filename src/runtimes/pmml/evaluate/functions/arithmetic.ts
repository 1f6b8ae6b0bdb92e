import { RowFailure } from '../row.js';
import { checkCount, costOf, numbersOf, promote, type FunctionCompiler } from './function-kit.js';

function binary(compute: (left: number, right: number, isInteger: boolean) => number): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 2, 2);
    const type = promote(operands);
    const isInteger = type.dataType === 'integer';
    const isFloat = type.dataType === 'float';
    const [left, right] = [numbersOf(operands[0]!, call), numbersOf(operands[1]!, call)];
    return {
      ...type,
      cost: costOf(operands),
      evaluate: row => {
        const a = left(row);
        if (a === undefined) return undefined;
        const b = right(row);
        if (b === undefined) return undefined;
        const value = compute(a, b, isInteger);
        return isFloat ? Math.fround(value) : value;
      },
    };
  };
}

function divide(left: number, right: number, isInteger: boolean): number {
  if (!isInteger) return left / right;
  if (right === 0) throw new RowFailure('an integer is divided by zero');
  return Math.trunc(left / right);
}

/** Integers stay integers, so that 7 / 2 is 3, as in JPMML; a float with an integer is a float. */
export const ARITHMETIC = {
  '+': binary((left, right) => left + right),
  '-': binary((left, right) => left - right),
  '*': binary((left, right) => left * right),
  '/': binary(divide),
  modulo: binary((left, right, isInteger) => {
    if (isInteger && right === 0) throw new RowFailure('an integer is divided by zero');
    return left - Math.floor(left / right) * right;
  }),
  'x-modulo': binary((left, right) => left - Math.floor(left / right) * right),
} as const satisfies Readonly<Record<string, FunctionCompiler>>;
