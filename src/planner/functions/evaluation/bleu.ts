/** Counts that BLEU is made of; those of several texts add up. Index n holds those of n + 1 words. */
export interface BleuCounts {
  /** N-grams of the answer that the label has too, each as often as the label has it at most. */
  readonly correct: number[];
  readonly total: number[];
  answerLength: number;
  labelLength: number;
}

const ORDER = 4;

export function emptyBleu(): BleuCounts {
  return { correct: [0, 0, 0, 0], total: [0, 0, 0, 0], answerLength: 0, labelLength: 0 };
}

export function addBleu(counts: BleuCounts, other: BleuCounts): void {
  for (let n = 0; n < ORDER; n++) {
    counts.correct[n]! += other.correct[n]!;
    counts.total[n]! += other.total[n]!;
  }
  counts.answerLength += other.answerLength;
  counts.labelLength += other.labelLength;
}

export function bleuCounts(label: string, answer: string): BleuCounts {
  const [reference, words] = [tokenize13a(label), tokenize13a(answer)];
  const counts = emptyBleu();
  counts.labelLength = reference.length;
  counts.answerLength = words.length;
  for (let n = 1; n <= ORDER; n++) {
    const known = ngrams(reference, n);
    for (const [ngram, times] of ngrams(words, n)) {
      counts.correct[n - 1]! += Math.min(times, known.get(ngram) ?? 0);
      counts.total[n - 1]! += times;
    }
  }
  return counts;
}

/**
 * BLEU of up to 4 words, from 0 to 1: the geometric mean of the precisions, times e^(1 − r/c) where the answers (c words) are
 * shorter than the labels (r words). A precision of 0 becomes 1/(2ᵏ·total) the k-th time (smoothing `exp`). That is
 * `sacrebleu` with its defaults, divided by 100.
 *
 * @param isSentence takes only as many orders as the text has words for (`effective_order`), as for a single text.
 */
export function bleu({ correct, total, answerLength, labelLength }: BleuCounts, isSentence: boolean): number {
  if (correct.every(count => count === 0)) return 0;
  let order = ORDER;
  let smoothing = 1;
  let logs = 0;
  for (let n = 0; n < ORDER; n++) {
    if (total[n] === 0) {
      if (!isSentence) return 0;
      order = n;
      break;
    }
    if (correct[n] === 0) smoothing *= 2;
    logs += Math.log(correct[n] === 0 ? 1 / (smoothing * total[n]!) : correct[n]! / total[n]!);
  }
  const brevity = answerLength < labelLength ? Math.exp(1 - labelLength / answerLength) : 1;
  return brevity * Math.exp(logs / order);
}

/** How often each run of `n` words comes. */
export function ngrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= words.length; i++) {
    const ngram = words.slice(i, i + n).join(' ');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** What parts words: as Python's `split`, but for four control characters. */
export const WHITE_SPACE = /[\s\x85]+/u;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
]);

/** Words and marks by the tokenizer of mteval-v13a, `sacrebleu`'s default. */
export function tokenize13a(text: string): string[] {
  let line = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  for (const [entity, mark] of ENTITIES) line = line.replaceAll(entity, mark);
  line = ` ${line} `
    .replace(/[{-~[-` -&(-+:-@/]/gu, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ');
  return line.split(WHITE_SPACE).filter(word => word !== '');
}
