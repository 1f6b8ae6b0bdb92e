/** How many rows of each kind had a score. */
export interface ScoreCounts {
  /** Score, then the rows that are not of the class and those that are. */
  readonly scores: Map<number, [others: number, own: number]>;
  /** Whether scores are rounded to multiples of 2⁻¹⁶. */
  isRounded: boolean;
}

/** As many different scores are kept exactly. */
const MAX_SCORES = 65_536;
const STEPS = 65_536;

export function emptyScores(): ScoreCounts {
  return { scores: new Map(), isRounded: false };
}

/**
 * Counts a score between 0 and 1. From the first time that there are more than 65,536 different ones, all are rounded to
 * multiples of 2⁻¹⁶, so that the state stays below some megabytes and does not depend on the order of the rows.
 */
export function addScore(counts: ScoreCounts, score: number, isOwn: boolean, times = 1): void {
  const key = counts.isRounded ? rounded(score) : score;
  const known = counts.scores.get(key);
  if (known) {
    known[isOwn ? 1 : 0] += times;
    return;
  }
  counts.scores.set(key, isOwn ? [0, times] : [times, 0]);
  if (!counts.isRounded && counts.scores.size > MAX_SCORES) roundAll(counts);
}

export function mergeScores(counts: ScoreCounts, other: ScoreCounts): void {
  if (other.isRounded && !counts.isRounded) roundAll(counts);
  for (const [score, [others, own]] of other.scores) {
    if (others > 0) addScore(counts, score, false, others);
    if (own > 0) addScore(counts, score, true, own);
  }
}

/**
 * The area under the ROC curve: how likely a row of the class has a higher score than a row that is not, equal scores
 * counting one half (`sklearn.metrics.roc_auc_score`). NULL where one of both kinds is missing. Exact up to 65,536 different
 * scores; with rounded ones it is off by at most half the share of pairs whose scores round to the same.
 */
export function areaUnderCurve({ scores }: ScoreCounts): number | null {
  let below = 0;
  let own = 0;
  let ranked = 0;
  for (const [, [others, same]] of [...scores].toSorted(([a], [b]) => a - b)) {
    ranked += same * (below + others / 2);
    below += others;
    own += same;
  }
  return below === 0 || own === 0 ? null : ranked / (below * own);
}

function rounded(score: number): number {
  return Math.round(score * STEPS) / STEPS;
}

function roundAll(counts: ScoreCounts): void {
  const exact = [...counts.scores];
  counts.scores.clear();
  counts.isRounded = true;
  for (const [score, [others, own]] of exact) {
    const key = rounded(score);
    const known = counts.scores.get(key);
    if (known) {
      known[0] += others;
      known[1] += own;
    } else {
      counts.scores.set(key, [others, own]);
    }
  }
}
