import { WALKS_AT_ONCE, type Walks } from '../../kit/trees/walks.js';
import { CATEGORICAL, DEFAULT_RIGHT, MAX_CATEGORY, WORDS_PER_NODE, type Forest } from './forest.js';

/**
 * Finds where walks end.
 *
 * A value below the threshold goes left; a missing one to the side that the split names. A category goes right if it is in the
 * set of the split, and left if it is not, or is no category.
 *
 * @param places by walk, the place of its leaf.
 */
export function findLeaves(forest: Forest, featureCount: number, walks: Walks, places: Int32Array): void {
  const { count, tree, treeStep, row, rowStep } = walks;
  let i = forest.sets.length > 0 ? 0 : findLeavesAtOnce(forest, featureCount, walks, places);
  for (; i < count; i++)
    places[i] = findLeaf(forest, forest.roots[tree + i * treeStep]!, walks.data as Float32Array, (row + i * rowStep) * featureCount);
}

function findLeaf({ words, floats, sets }: Forest, root: number, data: Float32Array, start: number): number {
  let at = root;
  for (let word = words[at]!; word >= 0; word = words[at]!) {
    const value = data[start + (word >> 2)]!;
    let goesRight: number;
    if (value !== value) goesRight = word & DEFAULT_RIGHT;
    else if ((word & CATEGORICAL) === 0) goesRight = value < floats[at + 1]! ? 0 : 1;
    else goesRight = inSet(sets, words[at + 1]!, value);
    at = words[at + 2]! + goesRight * WORDS_PER_NODE;
  }
  return at;
}

/**
 * Takes walks through numeric splits by fours, without a jump that the processor has to guess: the side is computed, 1 for right.
 *
 * @returns how many walks were taken; the last few are left.
 */
function findLeavesAtOnce(
  { words, floats, roots }: Forest,
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
    let wordA = words[a]!;
    let wordB = words[b]!;
    let wordC = words[c]!;
    let wordD = words[d]!;
    // A leaf's word is negative: together they go as far as the shortest.
    while ((wordA | wordB | wordC | wordD) >= 0) {
      const valueA = data[startA + (wordA >> 2)]!;
      a = words[a + 2]! + WORDS_PER_NODE * sideOf(wordA, valueA, floats[a + 1]!);
      const valueB = data[startB + (wordB >> 2)]!;
      b = words[b + 2]! + WORDS_PER_NODE * sideOf(wordB, valueB, floats[b + 1]!);
      const valueC = data[startC + (wordC >> 2)]!;
      c = words[c + 2]! + WORDS_PER_NODE * sideOf(wordC, valueC, floats[c + 1]!);
      const valueD = data[startD + (wordD >> 2)]!;
      d = words[d + 2]! + WORDS_PER_NODE * sideOf(wordD, valueD, floats[d + 1]!);
      wordA = words[a]!;
      wordB = words[b]!;
      wordC = words[c]!;
      wordD = words[d]!;
    }
    for (; wordA >= 0; wordA = words[a]!) a = words[a + 2]! + WORDS_PER_NODE * sideOf(wordA, data[startA + (wordA >> 2)]!, floats[a + 1]!);
    for (; wordB >= 0; wordB = words[b]!) b = words[b + 2]! + WORDS_PER_NODE * sideOf(wordB, data[startB + (wordB >> 2)]!, floats[b + 1]!);
    for (; wordC >= 0; wordC = words[c]!) c = words[c + 2]! + WORDS_PER_NODE * sideOf(wordC, data[startC + (wordC >> 2)]!, floats[c + 1]!);
    for (; wordD >= 0; wordD = words[d]!) d = words[d + 2]! + WORDS_PER_NODE * sideOf(wordD, data[startD + (wordD >> 2)]!, floats[d + 1]!);
    places[i] = a;
    places[i + 1] = b;
    places[i + 2] = c;
    places[i + 3] = d;
  }
  return i;
}

/** 1 for right: not below the threshold, and where the value is missing, as the last bit of the word says. */
function sideOf(word: number, value: number, threshold: number): number {
  // eslint-disable-next-line no-self-compare -- the only test for NaN that stays a comparison
  return (Number(value < threshold) ^ 1) & (Number(value === value) | word) & 1;
}

/** 1 where the set that begins at `from` holds the category. */
function inSet(sets: Int32Array, from: number, value: number): number {
  if (!(value >= 0 && value < MAX_CATEGORY)) return 0;
  const code = value | 0;
  return code >>> 5 < sets[from]! ? (sets[from + 1 + (code >>> 5)]! >>> (code & 31)) & 1 : 0;
}
