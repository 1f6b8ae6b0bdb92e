import { f1 } from './metrics.js';
import { WHITE_SPACE } from './bleu.js';

/** What the answers of questions are compared by, as SQuAD's evaluation script 1.1 does it. */
export interface TokenMatch {
  /** Whether the normalized texts are equal: 1 or 0. */
  readonly exact: number;
  /** F1 of the common words; 1 for two empty texts, 0 where one is empty. */
  readonly f1: number;
}

/** Compares two texts in lower case, without ASCII punctuation, and without the words a, an and the. */
export function tokenMatch(label: string, answer: string): TokenMatch {
  const [reference, words] = [normalized(label), normalized(answer)];
  const exact = reference.join(' ') === words.join(' ') ? 1 : 0;
  if (reference.length === 0 || words.length === 0) return { exact, f1: exact };
  const left = new Map<string, number>();
  for (const word of reference) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of words) {
    const times = left.get(word) ?? 0;
    if (times === 0) continue;
    left.set(word, times - 1);
    common++;
  }
  return { exact, f1: f1(common / words.length, common / reference.length) };
}

function normalized(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/gu, '')
    .replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, ' ')
    .split(WHITE_SPACE)
    .filter(word => word !== '');
}
