import { MAX_SEQUENCE } from './rouge.js';

/**
 * 1 − Levenshtein distance / length of the longer text, in code points; 1 for two empty texts
 * (`rapidfuzz.distance.Levenshtein.normalized_similarity`). Longer texts are compared by their first 4,096 code points.
 */
export function editSimilarity(label: string, answer: string): number {
  const [a, b] = [codePoints(label), codePoints(answer)];
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - distance(a, b) / longest;
}

function codePoints(text: string): Int32Array {
  // A code point is at most two code units.
  const points = Int32Array.from(text.slice(0, 2 * MAX_SEQUENCE), each => each.codePointAt(0)!);
  return points.length > MAX_SEQUENCE ? points.subarray(0, MAX_SEQUENCE) : points;
}

function distance(a: Int32Array, b: Int32Array): number {
  const row = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    let diagonal = row[0]!;
    row[0] = i + 1;
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1]!;
      row[j + 1] = a[i] === b[j] ? diagonal : 1 + Math.min(diagonal, above, row[j]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}
