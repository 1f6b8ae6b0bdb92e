// Grouping as one would write it for one query: a Map from the key to an object, or to an index into typed arrays. Both see the batches
// of the bench and give the groups as columns.

/** How many groups the typed arrays of a loop hold; they double as needed. */
const FIRST_CAPACITY = 1_024;

function grown(array, capacity, initial) {
  const larger = new Float64Array(capacity);
  larger.set(array);
  larger.fill(initial, array.length);
  return larger;
}

/** What a row's key is, for a Map. */
const KEYS = {
  int:
    ([key]) =>
    row =>
      key[row],
  string:
    ([, key]) =>
    row =>
      key[row],
  both:
    ([int, string]) =>
    row =>
      `${int[row]}\u0000${string[row]}`,
};

/** COUNT, SUM, MIN, MAX and AVG of a number, with an object for each group. */
export function withObjects(kind, batches) {
  const groups = new Map();
  for (const { columns, rowCount } of batches) {
    const arrays = columns.map(column => column.values);
    const keyOf = KEYS[kind](arrays);
    const numbers = arrays[2];
    for (let row = 0; row < rowCount; row++) {
      const key = keyOf(row);
      const value = numbers[row];
      let group = groups.get(key);
      if (group === undefined) {
        group = { first: [arrays[0][row], arrays[1][row]], count: 0, sum: 0, min: Infinity, max: -Infinity };
        groups.set(key, group);
      }
      group.count++;
      group.sum = (group.sum + value) | 0;
      if (value < group.min) group.min = value;
      if (value > group.max) group.max = value;
    }
  }
  const count = groups.size;
  const columns = Array.from({ length: 5 }, () => new Float64Array(count));
  const keys = [];
  let at = 0;
  for (const group of groups.values()) {
    keys.push(group.first);
    columns[0][at] = group.count;
    columns[1][at] = group.sum;
    columns[2][at] = group.min;
    columns[3][at] = group.max;
    columns[4][at++] = Math.trunc(group.sum / group.count);
  }
  return { count, checksum: columns[1].reduce((sum, value) => sum + value, 0), keys, columns };
}

/** The same with an index for each group. */
export function withArrays(kind, batches) {
  const index = new Map();
  const firsts = [];
  let counts = new Float64Array(FIRST_CAPACITY);
  let sums = new Float64Array(FIRST_CAPACITY);
  let least = grown(new Float64Array(0), FIRST_CAPACITY, Infinity);
  let greatest = grown(new Float64Array(0), FIRST_CAPACITY, -Infinity);
  for (const { columns, rowCount } of batches) {
    const arrays = columns.map(column => column.values);
    const keyOf = KEYS[kind](arrays);
    const numbers = arrays[2];
    for (let row = 0; row < rowCount; row++) {
      const key = keyOf(row);
      const value = numbers[row];
      let g = index.get(key);
      if (g === undefined) {
        g = index.size;
        index.set(key, g);
        firsts.push([arrays[0][row], arrays[1][row]]);
        if (g === counts.length) {
          const capacity = 2 * g;
          counts = grown(counts, capacity, 0);
          sums = grown(sums, capacity, 0);
          least = grown(least, capacity, Infinity);
          greatest = grown(greatest, capacity, -Infinity);
        }
      }
      counts[g]++;
      sums[g] = (sums[g] + value) | 0;
      if (value < least[g]) least[g] = value;
      if (value > greatest[g]) greatest[g] = value;
    }
  }
  const count = index.size;
  const averages = new Float64Array(count);
  for (let g = 0; g < count; g++) averages[g] = Math.trunc(sums[g] / counts[g]);
  const columns = [counts, sums, least, greatest].map(array => array.slice(0, count));
  return { count, checksum: columns[1].reduce((sum, value) => sum + value, 0), keys: firsts, columns: [...columns, averages] };
}

/** COUNT(DISTINCT number) with a Set for each group. */
export function distinctWithSets(kind, batches) {
  const groups = new Map();
  for (const { columns, rowCount } of batches) {
    const arrays = columns.map(column => column.values);
    const keyOf = KEYS[kind](arrays);
    const numbers = arrays[2];
    for (let row = 0; row < rowCount; row++) {
      const key = keyOf(row);
      let seen = groups.get(key);
      if (seen === undefined) groups.set(key, (seen = new Set()));
      seen.add(numbers[row]);
    }
  }
  const counts = new Float64Array(groups.size);
  let at = 0;
  for (const seen of groups.values()) counts[at++] = seen.size;
  return { count: groups.size, checksum: counts.reduce((sum, value) => sum + value, 0), columns: [counts] };
}
