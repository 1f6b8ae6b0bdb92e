import { MillraceError } from '../../../common/error.js';

/** How often each pair of label and answer came: label, then answer. */
export type Contingency = Map<string, Map<string, number>>;

/** More different pairs than this are refused: the state of a group stays below some megabytes. */
const MAX_PAIRS = 65_536;

/** A table of pairs, and how many different ones it has. */
export interface PairCounts {
  readonly pairs: Contingency;
  pairCount: number;
  count: number;
}

export function emptyCounts(): PairCounts {
  return { pairs: new Map(), pairCount: 0, count: 0 };
}

/** @throws {MillraceError} `INVALID_VALUE` beyond 65,536 different pairs. */
export function addPair(counts: PairCounts, label: string, answer: string, times = 1): void {
  let answers = counts.pairs.get(label);
  if (!answers) counts.pairs.set(label, (answers = new Map<string, number>()));
  const known = answers.get(answer);
  if (known === undefined && ++counts.pairCount > MAX_PAIRS) {
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: `ML_EVALUATE counts at most ${MAX_PAIRS.toLocaleString('en')} different pairs of label and answer`,
      notes: [{ message: "labels that are rarely equal are no classes: evaluate them as 'regression' or 'text_generation'" }],
    });
  }
  answers.set(answer, (known ?? 0) + times);
  counts.count += times;
}

export function mergeCounts(counts: PairCounts, other: PairCounts): void {
  for (const [label, answers] of other.pairs) for (const [answer, times] of answers) addPair(counts, label, answer, times);
}

/** What stands at the borders of the table: how often each label and each answer came, and each as the other. */
export function marginsOf({ pairs }: PairCounts): {
  readonly labels: ReadonlyMap<string, number>;
  readonly answers: ReadonlyMap<string, number>;
} {
  const labels = new Map<string, number>();
  const answers = new Map<string, number>();
  for (const [label, row] of pairs) {
    for (const [answer, times] of row) {
      labels.set(label, (labels.get(label) ?? 0) + times);
      answers.set(answer, (answers.get(answer) ?? 0) + times);
    }
  }
  return { labels, answers };
}
