import { ngrams } from './bleu.js';
import { f1, ratio } from './metrics.js';

/** Longer texts are compared by their first so many words, so that no pair takes more than some 10 ms. */
export const MAX_SEQUENCE = 4_096;

/** F1 of common runs of n words (n = 1, 2) and of the longest common subsequence of words. */
export interface RougeScores {
  readonly one: number;
  readonly two: number;
  readonly longest: number;
}

/** As `rouge_score` without stemming, whose words are ASCII letters and digits; here letters and digits of all scripts. */
export function rouge(label: string, answer: string): RougeScores {
  const [reference, words] = [wordsOf(label), wordsOf(answer)];
  return { one: overlap(reference, words, 1), two: overlap(reference, words, 2), longest: longestCommon(reference, words) };
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter(word => word !== '');
}

function overlap(reference: readonly string[], words: readonly string[], n: number): number {
  const known = ngrams(reference, n);
  let common = 0;
  for (const [ngram, times] of ngrams(words, n)) common += Math.min(times, known.get(ngram) ?? 0);
  const count = (length: number): number => Math.max(length - n + 1, 1);
  return f1(common / count(words.length), common / count(reference.length));
}

function longestCommon(label: readonly string[], answer: readonly string[]): number {
  const [reference, words] = [label.slice(0, MAX_SEQUENCE), answer.slice(0, MAX_SEQUENCE)];
  const ids = new Map<string, number>();
  const numbers = (list: readonly string[]): Int32Array =>
    Int32Array.from(list, word => {
      if (!ids.has(word)) ids.set(word, ids.size);
      return ids.get(word)!;
    });
  const common = commonLength(numbers(reference), numbers(words));
  return f1(ratio(common, words.length), ratio(common, reference.length));
}

/** The length of the longest common subsequence, in one row of the table. */
function commonLength(a: Int32Array, b: Int32Array): number {
  const row = new Int32Array(b.length + 1);
  for (const each of a) {
    let diagonal = 0;
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1]!;
      row[j + 1] = each === b[j] ? diagonal + 1 : Math.max(above, row[j]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}
