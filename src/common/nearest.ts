/**
 * The candidate closest to what was typed, for "did you mean".
 *
 * Distance is optimal string alignment over lower-cased text (insert, delete, replace, swap of neighbours: 1 each).
 *
 * @returns `undefined` when nothing is within a third of the length, and for what is too long to be a mistyped word.
 */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  if (typed.length > LONGEST) return undefined;
  const text = typed.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(Math.max(text.length, 3) / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(text.length - candidate.length) >= bestDistance) continue;
    const distance = editDistance(text, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Characters; the time that it takes to compare grows with their square. */
const LONGEST = 200;

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) distance = Math.min(distance, beforeLast[j - 2]! + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
