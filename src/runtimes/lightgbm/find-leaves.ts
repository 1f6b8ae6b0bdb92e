import { WALKS_AT_ONCE, type Walks } from '../../kit/trees/walks.js';
import { CATEGORICAL, FEATURE_SHIFT, ZERO_IS_MISSING_SHIFT, type Forest } from './forest.js';

/** Values that are nearer to zero are zero: `kZeroThreshold`, a float. */
const ZERO = Math.fround(1e-35);

/** Copies `length` values as LightGBM takes them: what is next to zero is zero. */
export function cleanRows(
  from: Float64Array,
  start: number,
  { data, length }: { readonly data: Float64Array; readonly length: number },
): void {
  for (let i = 0; i < length; i++) {
    const value = from[start + i]!;
    data[i] = value <= ZERO && value >= -ZERO ? 0 : value;
  }
}

/**
 * Finds where walks end: `Tree::GetLeaf`.
 *
 * A value goes left up to and with the threshold. What is missing goes to the side that the split names: NaN, or zero and NaN, by
 * the split's own kind; where it knows none, NaN is a zero. A category goes left if it is in the set, and right if it is not, or is
 * missing.
 *
 * @param places by walk, the place of its leaf.
 */
export function findLeaves(forest: Forest, featureCount: number, walks: Walks, places: Int32Array): void {
  const { count, tree, treeStep, row, rowStep } = walks;
  let i = forest.sets.length > 0 ? 0 : findLeavesAtOnce(forest, featureCount, walks, places);
  for (; i < count; i++)
    places[i] = findLeaf(forest, forest.roots[tree + i * treeStep]!, walks.data as Float64Array, (row + i * rowStep) * featureCount);
}

function findLeaf({ words, numbers, sets }: Forest, root: number, data: Float64Array, start: number): number {
  let at = root;
  for (let word = words[4 * at]!; word >= 0; word = words[4 * at]!) {
    const value = data[start + (word >> FEATURE_SHIFT)]!;
    const number = numbers[2 * at + 1]!;
    at = words[4 * at + 1]! + ((word & CATEGORICAL) === 0 ? sideOf(word, value, number) : 1 - inSet(sets, number, value));
  }
  return at;
}

/**
 * Takes walks through numeric splits by fours, without a jump that the processor has to guess: the side is computed, 1 for right.
 *
 * @returns how many walks were taken; the last few are left.
 */
function findLeavesAtOnce(
  { words, numbers, roots }: Forest,
  featureCount: number,
  { data, count, tree, treeStep, row, rowStep }: Walks,
  places: Int32Array,
): number {
  let i = 0;
  for (; i + WALKS_AT_ONCE <= count; i += WALKS_AT_ONCE) {
    const startA = (row + i * rowStep) * featureCount;
    const startB = startA + rowStep * featureCount;
    const startC = startB + rowStep * featureCount;
    const startD = startC + rowStep * featureCount;
    let a = roots[tree + i * treeStep]!;
    let b = roots[tree + (i + 1) * treeStep]!;
    let c = roots[tree + (i + 2) * treeStep]!;
    let d = roots[tree + (i + 3) * treeStep]!;
    let wordA = words[4 * a]!;
    let wordB = words[4 * b]!;
    let wordC = words[4 * c]!;
    let wordD = words[4 * d]!;
    // A leaf's word is negative: together they go as far as the shortest.
    while ((wordA | wordB | wordC | wordD) >= 0) {
      a = words[4 * a + 1]! + sideOf(wordA, data[startA + (wordA >> FEATURE_SHIFT)]!, numbers[2 * a + 1]!);
      b = words[4 * b + 1]! + sideOf(wordB, data[startB + (wordB >> FEATURE_SHIFT)]!, numbers[2 * b + 1]!);
      c = words[4 * c + 1]! + sideOf(wordC, data[startC + (wordC >> FEATURE_SHIFT)]!, numbers[2 * c + 1]!);
      d = words[4 * d + 1]! + sideOf(wordD, data[startD + (wordD >> FEATURE_SHIFT)]!, numbers[2 * d + 1]!);
      wordA = words[4 * a]!;
      wordB = words[4 * b]!;
      wordC = words[4 * c]!;
      wordD = words[4 * d]!;
    }
    for (; wordA >= 0; wordA = words[4 * a]!)
      a = words[4 * a + 1]! + sideOf(wordA, data[startA + (wordA >> FEATURE_SHIFT)]!, numbers[2 * a + 1]!);
    for (; wordB >= 0; wordB = words[4 * b]!)
      b = words[4 * b + 1]! + sideOf(wordB, data[startB + (wordB >> FEATURE_SHIFT)]!, numbers[2 * b + 1]!);
    for (; wordC >= 0; wordC = words[4 * c]!)
      c = words[4 * c + 1]! + sideOf(wordC, data[startC + (wordC >> FEATURE_SHIFT)]!, numbers[2 * c + 1]!);
    for (; wordD >= 0; wordD = words[4 * d]!)
      d = words[4 * d + 1]! + sideOf(wordD, data[startD + (wordD >> FEATURE_SHIFT)]!, numbers[2 * d + 1]!);
    places[i] = a;
    places[i + 1] = b;
    places[i + 2] = c;
    places[i + 3] = d;
  }
  return i;
}

/** 1 for right: above the threshold, and where the value is missing, as the last bit of the word says. */
function sideOf(word: number, value: number, threshold: number): number {
  // eslint-disable-next-line no-self-compare -- the only test for NaN that stays a comparison
  const isMissing = Number(value !== value) | (Number(value === 0) & (word >> ZERO_IS_MISSING_SHIFT));
  return (((Number(value <= threshold) ^ 1) & ~isMissing) | (word & isMissing)) & 1;
}

/** 1 where the set that begins at `from` holds the category. */
function inSet(sets: Int32Array, from: number, value: number): number {
  // A number beyond 32 bits becomes the smallest integer in C++, and a NaN too.
  if (!(value > -1 && value < 2_147_483_648)) return 0;
  const code = value | 0;
  return code >>> 5 < sets[from]! ? (sets[from + 1 + (code >>> 5)]! >>> (code & 31)) & 1 : 0;
}
