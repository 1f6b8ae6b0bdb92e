import { RowFailure } from '../row.js';
import type { FieldType } from '../value.js';
import {
  checkCount,
  costOf,
  DOUBLE,
  FLOAT,
  INTEGER,
  numbersOf,
  promote,
  rounding,
  strict,
  toNumber,
  type FunctionCompiler,
} from './function-kit.js';
import { erf, normalCdf, normalPdf, normalQuantile } from './normal-distribution.js';

/** A function of one number; of floats it gives a float. `keeps` says that integers give integers. */
function unary(compute: (value: number) => number, keeps = false): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 1, 1);
    const operand = operands[0]!;
    const type: FieldType = operand.dataType === 'float' ? FLOAT : keeps && operand.dataType === 'integer' ? INTEGER : DOUBLE;
    const round = rounding(type);
    const read = numbersOf(operand, call);
    return {
      ...type,
      cost: costOf(operands),
      evaluate: row => {
        const value = read(row);
        return value === undefined ? undefined : round(compute(value));
      },
    };
  };
}

function binary(compute: (left: number, right: number) => number, type?: FieldType): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 2, 2);
    const result = type ?? promote(operands);
    const round = rounding(result);
    return strict(operands, result, ([left, right]) => round(compute(toNumber(left, call)!, toNumber(right, call)!)));
  };
}

/** A distribution with a mean and a standard deviation. */
function normal(compute: (value: number, mean: number, deviation: number) => number): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 3, 3);
    return strict(operands, DOUBLE, values => {
      const [value, mean, deviation] = values.map(each => toNumber(each, call)!) as [number, number, number];
      if (!(deviation > 0)) throw new RowFailure(`the standard deviation of "${call.name}" is ${deviation}`);
      return compute(value, mean, deviation);
    });
  };
}

/** As Java's `Math.round`: a half goes up. */
export function roundHalfUp(value: number): number {
  return Math.floor(value + 0.5);
}

/** As Java's `Math.rint`: a half goes to the even number. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

export const MATH = {
  log10: unary(Math.log10),
  ln: unary(Math.log),
  'x-ln': unary(Math.log),
  ln1p: unary(Math.log1p),
  exp: unary(Math.exp),
  expm1: unary(Math.expm1),
  sqrt: unary(Math.sqrt),
  abs: unary(Math.abs, true),
  floor: unary(Math.floor, true),
  ceil: unary(Math.ceil, true),
  round: unary(roundHalfUp, true),
  rint: unary(roundHalfEven, true),
  sin: unary(Math.sin),
  asin: unary(Math.asin),
  sinh: unary(Math.sinh),
  cos: unary(Math.cos),
  acos: unary(Math.acos),
  cosh: unary(Math.cosh),
  tan: unary(Math.tan),
  atan: unary(Math.atan),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  pow: binary((base, exponent) => base ** exponent),
  threshold: binary((value, limit) => Number(value > limit), INTEGER),
  hypot: binary(Math.hypot),
  'x-atan2': binary(Math.atan2),
  stdNormalCDF: unary(normalCdf),
  stdNormalPDF: unary(normalPdf),
  stdNormalIDF: unary(normalQuantile),
  normalCDF: normal((value, mean, deviation) => normalCdf((value - mean) / deviation)),
  normalPDF: normal((value, mean, deviation) => normalPdf((value - mean) / deviation) / deviation),
  normalIDF: normal((value, mean, deviation) => mean + deviation * normalQuantile(value)),
} as const satisfies Readonly<Record<string, FunctionCompiler>>;
