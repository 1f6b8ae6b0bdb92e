import { mergeChanges } from './collect-connector.js';

/** Whether the order of the lines matters. */
export type LineOrder = 'ordered' | 'rowsort';

const MASK = '<slt:ignore>';

/** Whether the lines are those of the golden; `<slt:ignore>` in an expected line stands for any text. */
export function sameLines(expected: readonly string[], found: readonly string[], order: LineOrder): boolean {
  if (expected.length !== found.length) return false;
  const [left, right] = order === 'rowsort' ? [expected.toSorted(), found.toSorted()] : [expected, found];
  return left.every((line, i) => sameLine(line, right[i]!));
}

function sameLine(expected: string, found: string): boolean {
  if (!expected.includes(MASK)) return expected === found;
  const pattern = expected.split(MASK).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(found);
}

/**
 * Whether two changelogs leave the same rows, as lines such as `+U | a | b`.
 *
 * Their lines can differ where rows come in another order or in other batches.
 */
export function sameOutcome(expected: readonly string[], found: readonly string[]): boolean {
  const rows = (lines: readonly string[]): string[] =>
    mergeChanges(lines.map(line => ({ kind: line.slice(0, 2), cells: [line.slice(2)] }))).toSorted();
  return sameLines(rows(expected), rows(found), 'ordered');
}

/** A difference for people: the lines of both, marked where one has no counterpart in the other. */
export function renderDifference(expected: readonly string[], found: readonly string[]): string {
  const missing = new Set(unmatched(expected, found));
  const extra = new Set(unmatched(found, expected));
  const block = (lines: readonly string[], marked: ReadonlySet<number>, mark: string): string[] =>
    lines.length === 0 ? ['    (nothing)'] : lines.map((line, i) => `  ${marked.has(i) ? mark : ' '} ${line}`);
  return ['  expected:', ...block(expected, missing, '-'), '  found:', ...block(found, extra, '+')].join('\n');
}

/** Indices of the lines that have no equal line of their own in `others`. */
function unmatched(lines: readonly string[], others: readonly string[]): number[] {
  const rest = [...others];
  return lines.flatMap((line, i) => {
    const place = rest.findIndex(other => sameLine(line, other) || sameLine(other, line));
    if (place === -1) return [i];
    rest.splice(place, 1);
    return [];
  });
}
