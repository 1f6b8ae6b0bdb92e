import type { FieldType } from '../value.js';
import { checkCount, costOf, DOUBLE, numbersOf, promote, rounding, type FunctionCompiler } from './function-kit.js';

/** A function of any number of numbers that leaves missing ones out, and is missing when all are. */
function aggregate(compute: (values: number[]) => number, type?: FieldType): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 1, Infinity);
    const result = type ?? promote(operands);
    const round = rounding(result);
    const reads = operands.map(operand => numbersOf(operand, call));
    return {
      ...result,
      cost: costOf(operands),
      evaluate: row => {
        const values: number[] = [];
        for (const read of reads) {
          const value = read(row);
          if (value !== undefined) values.push(value);
        }
        return values.length === 0 ? undefined : round(compute(values));
      },
    };
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The middle of the values in order, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const AGGREGATES = {
  min: aggregate(values => values.reduce((least, value) => Math.min(least, value))),
  max: aggregate(values => values.reduce((most, value) => Math.max(most, value))),
  sum: aggregate(sum),
  avg: aggregate(values => sum(values) / values.length, DOUBLE),
  median: aggregate(median, DOUBLE),
  product: aggregate(values => values.reduce((total, value) => total * value, 1)),
} as const satisfies Readonly<Record<string, FunctionCompiler>>;
