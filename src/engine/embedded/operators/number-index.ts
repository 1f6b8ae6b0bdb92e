/** The rows of a list of numbers by number; rows of equal numbers in their order. */
export interface NumberIndex {
  /** The first row with a number; -1 for none. NaN equals nothing, and the two zeros are one. */
  first(number: number): number;
  /** The next row with the same number; -1 after the last. */
  next(row: number): number;
}

/**
 * Indexes the first `rowCount` numbers, apart from those that are NULL. It reads `numbers` from then on.
 *
 * A Map would box each number that it is asked for; this one stays within typed arrays, and is several times as quick.
 */
export function indexNumbers(numbers: Float64Array, nulls: Uint8Array | undefined, rowCount: number): NumberIndex {
  const hash = numberHash();
  // At most half full, so that a free slot is near.
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2 * rowCount, 16))) - 1;
  /** The first row of a number, in the first free slot from where its hash points. */
  const heads = new Int32Array(mask + 1).fill(-1);
  const nextRows = new Int32Array(rowCount);
  const slotOf = (number: number): number => {
    let slot = hash(number) & mask;
    for (let row = heads[slot]!; row !== -1 && numbers[row] !== number; row = heads[slot]!) slot = (slot + 1) & mask;
    return slot;
  };
  // From the last row to the first, so that each chain goes up.
  for (let row = rowCount - 1; row >= 0; row--) {
    const number = numbers[row]!;
    if ((nulls !== undefined && nulls[row] === 1) || Number.isNaN(number)) continue;
    const slot = slotOf(number);
    nextRows[row] = heads[slot]!;
    heads[slot] = row;
  }
  return {
    first: number => heads[slotOf(number)]!,
    next: row => nextRows[row]!,
  };
}

/** Equal for the two zeros; different bits elsewhere give numbers that differ in their lower bits too. */
function numberHash(): (number: number) => number {
  const number = new Float64Array(1);
  const halves = new Int32Array(number.buffer);
  return value => {
    number[0] = value + 0;
    const mixed = Math.imul(halves[0]! ^ Math.imul(halves[1]!, 0x85ebca6b), 0x9e3779b1);
    return mixed ^ (mixed >>> 15);
  };
}
