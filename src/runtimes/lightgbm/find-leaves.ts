import { CATEGORICAL, DEFAULT_RIGHT, MISSING_MASK, MISSING_ZERO, type Forest } from './forest.js';

export interface CleanRows {
  /** `[rows, featureCount]`, as `cleanRows` leaves them. */
  readonly data: Float64Array;
  readonly featureCount: number;
  readonly rows: number;
}

/** Values that are nearer to zero are zero: `kZeroThreshold`, a float. */
const ZERO = Math.fround(1e-35);

/** Copies rows as LightGBM takes them: what is next to zero is zero. */
export function cleanRows(from: Float64Array, start: number, { data, featureCount, rows }: CleanRows): void {
  for (let i = 0, length = rows * featureCount; i < length; i++) {
    const value = from[start + i]!;
    data[i] = value <= ZERO && value >= -ZERO ? 0 : value;
  }
}

/**
 * Finds where each row ends up in a tree: `Tree::GetLeaf`.
 *
 * A value goes left up to and with the threshold. What is missing goes to the side that the split names: NaN, or zero and NaN, by
 * the split's own kind; where it knows none, NaN is a zero. A category goes left if it is in the set, and right if it is not, or is
 * missing.
 *
 * @param places by row, the place of its leaf.
 */
export function findLeaves(
  { words, numbers, roots, sets }: Forest,
  tree: number,
  { data, featureCount, rows }: CleanRows,
  places: Int32Array,
): void {
  const root = roots[tree]!;
  for (let i = 0, start = 0; i < rows; i++, start += featureCount) {
    let at = root;
    let word = words[4 * at]!;
    while (word >= 0) {
      const value = data[start + (word >> 4)]!;
      const number = numbers[2 * at + 1]!;
      let goesRight: number;
      if ((word & CATEGORICAL) !== 0) goesRight = inSet(sets, number, value) ? 0 : 1;
      else if (value !== value) goesRight = (word & MISSING_MASK) !== 0 ? word & DEFAULT_RIGHT : number >= 0 ? 0 : 1;
      else if (value === 0 && (word & MISSING_MASK) === MISSING_ZERO) goesRight = word & DEFAULT_RIGHT;
      else goesRight = value <= number ? 0 : 1;
      at = words[4 * at + 1]! + goesRight;
      word = words[4 * at]!;
    }
    places[i] = at;
  }
}

/** Whether the set that begins at `from` holds the category. */
function inSet(sets: Int32Array, from: number, value: number): boolean {
  // A number beyond 32 bits becomes the smallest integer in C++, and a NaN too.
  if (!(value > -1 && value < 2_147_483_648)) return false;
  const code = value | 0;
  return code >>> 5 < sets[from]! && ((sets[from + 1 + (code >>> 5)]! >>> (code & 31)) & 1) === 1;
}
