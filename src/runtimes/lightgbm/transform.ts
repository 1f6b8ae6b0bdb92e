import type { Objective, TransformName } from './objective.js';

/** A row of margins, which becomes the row of predictions in its place. */
interface MarginRow {
  readonly values: Float64Array;
  /** Where the row begins. */
  readonly start: number;
  readonly width: number;
  readonly sigmoid: number;
}

/** `ObjectiveFunction::ConvertOutput`, by what objectives have in common. */
const TRANSFORMS: Readonly<Record<TransformName, (row: MarginRow) => void>> = {
  identity: () => undefined,
  square: row => forEach(row, x => Math.sign(x) * x * x),
  exp: row => forEach(row, Math.exp),
  sigmoid: row => forEach(row, x => 1 / (1 + Math.exp(-row.sigmoid * x))),
  log1pexp: row => forEach(row, x => Math.log1p(Math.exp(x))),
  softmax,
};

/** Turns `rows` rows of margins into predictions, in their place. */
export function toPredictions(
  values: Float64Array,
  { transform, sigmoid }: Objective,
  { rows, width }: { readonly rows: number; readonly width: number },
): void {
  const apply = TRANSFORMS[transform];
  for (let row = 0; row < rows; row++) apply({ values, start: row * width, width, sigmoid });
}

function forEach({ values, start, width }: MarginRow, transform: (x: number) => number): void {
  for (let i = start; i < start + width; i++) values[i] = transform(values[i]!);
}

function softmax({ values, start, width }: MarginRow): void {
  let highest = values[start]!;
  for (let i = start + 1; i < start + width; i++) highest = Math.max(highest, values[i]!);
  let sum = 0;
  for (let i = start; i < start + width; i++) {
    values[i] = Math.exp(values[i]! - highest);
    sum += values[i]!;
  }
  for (let i = start; i < start + width; i++) values[i] = values[i]! / sum;
}
