import { exp, sigmoid, softPlus, STEP } from './float-math.js';

export type TransformName = 'identity' | 'sigmoid' | 'exp' | 'hinge' | 'softmax' | 'argmax' | 'sort' | 'steps';

export interface MarginShape {
  readonly rows: number;
  /** Values in a row. */
  readonly width: number;
}

/** From margins to predictions, as `ObjFunction::PredTransform`. */
export interface Transform {
  /** Values in a row of predictions, for so many margins. */
  width(margins: number): number;
  /** Writes the predictions of `rows` rows; `to` may be `from` where the widths are equal. */
  apply(from: Float32Array, to: Float32Array, shape: MarginShape): void;
}

export const TRANSFORMS: Readonly<Record<TransformName, Transform>> = {
  identity: eachValue(x => x),
  sigmoid: eachValue(sigmoid),
  exp: eachValue(exp),
  hinge: eachValue(x => (x > 0 ? 1 : 0)),
  softmax: eachRow(softmax),
  argmax: {
    width: () => 1,
    apply(from, to, { rows, width }) {
      for (let row = 0; row < rows; row++) to[row] = largest(from, row * width, width);
    },
  },
  sort: eachRow((from, to, start, width) => to.subarray(start, start + width).set(from.slice(start, start + width).sort())),
  steps: eachRow(steps),
};

function eachValue(transform: (x: number) => number): Transform {
  return {
    width: margins => margins,
    apply(from, to, { rows, width }) {
      for (let i = 0; i < rows * width; i++) to[i] = transform(from[i]!);
    },
  };
}

type RowTransform = (from: Float32Array, to: Float32Array, start: number, width: number) => void;

function eachRow(transform: RowTransform): Transform {
  return {
    width: margins => margins,
    apply(from, to, { rows, width }) {
      for (let row = 0; row < rows; row++) transform(from, to, row * width, width);
    },
  };
}

/** `common::Softmax`: the sum is in double precision. */
function softmax(from: Float32Array, to: Float32Array, start: number, width: number): void {
  let highest = from[start]!;
  for (let i = start + 1; i < start + width; i++) highest = Math.max(highest, from[i]!);
  let sum = 0;
  for (let i = start; i < start + width; i++) {
    to[i] = exp(Math.fround(from[i]! - highest));
    sum += to[i]!;
  }
  const divisor = Math.fround(sum);
  for (let i = start; i < start + width; i++) to[i] = to[i]! / divisor;
}

/** The place of the largest value, the first of equal ones. */
function largest(values: Float32Array, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/** Expectiles: the first is itself, each other one above the one before. */
function steps(from: Float32Array, to: Float32Array, start: number, width: number): void {
  let sum = from[start]!;
  to[start] = sum;
  for (let i = start + 1; i < start + width; i++) {
    sum = Math.fround(sum + Math.fround(STEP + softPlus(from[i]!)));
    to[i] = sum;
  }
}
