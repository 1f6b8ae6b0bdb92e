import { addBleu, bleu, bleuCounts, emptyBleu, type BleuCounts } from './bleu.js';
import { editSimilarity } from './edit-similarity.js';
import { mean, type TaskMetrics } from './metrics.js';
import { rouge } from './rouge.js';
import { tokenMatch } from './token-f1.js';

interface TextState {
  count: number;
  readonly corpus: BleuCounts;
  /** Sums over the rows, in the order of `MEANS`. */
  readonly sums: number[];
}

const MEANS = ['Mean BLEU', 'Mean ROUGE', 'Mean ROUGE-1', 'Mean ROUGE-2', 'Exact Match', 'Token F1', 'Mean Edit Similarity'];

/**
 * Labels and answers are texts; all metrics are from 0 to 1.
 *
 * - `BLEU`: of all texts together, see `bleu`; `Mean BLEU`: the mean over the rows of that of each
 * - `Mean ROUGE`: ROUGE-L; `Mean ROUGE-1`, `Mean ROUGE-2`: see `rouge`
 * - `Exact Match`, `Token F1`: see `tokenMatch`
 * - `Mean Edit Similarity`: see `editSimilarity`
 */
export const textMetrics: TaskMetrics<TextState> = {
  create: () => ({ count: 0, corpus: emptyBleu(), sums: MEANS.map(() => 0) }),
  add(state, label, answer) {
    const [reference, text] = [label as string, answer as string];
    const counts = bleuCounts(reference, text);
    const { one, two, longest } = rouge(reference, text);
    const match = tokenMatch(reference, text);
    state.count++;
    addBleu(state.corpus, counts);
    [bleu(counts, true), longest, one, two, match.exact, match.f1, editSimilarity(reference, text)].forEach((score, i) => {
      state.sums[i]! += score;
    });
  },
  merge(state, other) {
    state.count += other.count;
    addBleu(state.corpus, other.corpus);
    other.sums.forEach((sum, i) => void (state.sums[i]! += sum));
  },
  result: ({ count, corpus, sums }) =>
    new Map([['BLEU', count === 0 ? null : bleu(corpus, false)], ...MEANS.map((name, i) => [name, mean(sums[i]!, count)] as const)]),
};
