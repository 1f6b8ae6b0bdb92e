import type { TextIndex, TextNormalization, TokenRules } from '../parse/text-index.js';
import type { Code } from './code.js';
import { compilePattern, type Pattern } from './functions/pattern.js';
import { RowFailure } from './row.js';
import { textOf } from './value.js';

const MOST_CHARACTERS = 1_000_000;
const MOST_ROUNDS = 100;
const MOST_STEPS = 20_000_000;

/** How often, and with what weight, a term stands in a text. https://dmg.org/pmml/v4-4-1/Transformations.html#xsdElement_TextIndex */
export function compileTextIndex(index: TextIndex, text: Code, term: Code): Code {
  const normalize = index.normalizations.map(compileNormalization);
  const split = tokenizer(index.rules);
  const clean = (value: string): readonly string[] => split(normalize.reduce((result, step) => step(result), value));
  // A row asks for many terms of one text, so its words are kept until another text comes.
  let last: { readonly text: string; readonly words: readonly string[] } | undefined;
  const lastTerms = new Map<string, readonly string[]>();
  return {
    dataType: index.weights === 'termFrequency' || index.weights === 'binary' ? 'integer' : 'double',
    opType: 'continuous',
    cost: 1_000 + term.cost,
    evaluate: row => {
      const [value, sought] = [text.evaluate(row), term.evaluate(row)];
      if (value === undefined || sought === undefined) return undefined;
      const whole = textOf(value);
      if (whole.length > MOST_CHARACTERS) throw new RowFailure(`the text of a TextIndex has more than ${MOST_CHARACTERS} characters`);
      if (last?.text !== whole) last = { text: whole, words: clean(whole) };
      let words = lastTerms.get(textOf(sought));
      if (words === undefined) {
        words = clean(textOf(sought));
        if (lastTerms.size < 10_000) lastTerms.set(textOf(sought), words);
      }
      const hits = countHits(last.words, words, index);
      return weigh(hits, last.words, index.weights);
    },
  };
}

function tokenizer(rules: TokenRules): (text: string) => readonly string[] {
  const fold = (text: string): string => (rules.isCaseSensitive ? text : text.toLowerCase());
  if (!rules.tokenize) return text => [fold(text)];
  const separator = compilePattern(rules.separator, '');
  return text => {
    const { regex } = usable(separator, text, 'the word separator of a TextIndex');
    const trim = (word: string): string => word.replace(/^[\p{P}]+|[\p{P}]+$/gu, '');
    return fold(text)
      .split(regex)
      .map(trim)
      .filter(word => word.length > 0);
  };
}

function countHits(words: readonly string[], sought: readonly string[], { rules, countHits: mode }: TextIndex): number {
  if (sought.length === 0 || sought.length > words.length) return 0;
  if (words.length * sought.length > MOST_STEPS) throw new RowFailure('a TextIndex compares too many words');
  const most = rules.maxLevenshteinDistance;
  let [hits, best] = [0, Infinity];
  for (let start = 0; start + sought.length <= words.length; start++) {
    let distance = 0;
    for (let i = 0; i < sought.length && distance <= most; i++) distance += distanceUpTo(sought[i]!, words[start + i]!, most - distance);
    if (distance > most) continue;
    if (mode === 'allHits') {
      hits++;
    } else if (distance < best) {
      [best, hits] = [distance, 1];
    } else if (distance === best) {
      hits++;
    }
  }
  return hits;
}

/** Levenshtein's distance of two words; more than `most` as soon as it is known to be. */
export function distanceUpTo(left: string, right: string, most: number): number {
  if (left === right) return 0;
  if (most <= 0 || Math.abs(left.length - right.length) > most) return most + 1;
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= right.length; j++) {
      const change = previous[j - 1]! + Number(left[i - 1] !== right[j - 1]);
      const cost = Math.min(change, previous[j]! + 1, current[j - 1]! + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    previous = current;
  }
  return previous[right.length]!;
}

function weigh(hits: number, words: readonly string[], weights: TextIndex['weights']): number {
  switch (weights) {
    case 'termFrequency':
      return hits;
    case 'binary':
      return Number(hits > 0);
    case 'logarithmic':
      return Math.log10(1 + hits);
    case 'augmentedNormalizedTermFrequency': {
      const counts = new Map<string, number>();
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      let most = 1;
      for (const count of counts.values()) most = Math.max(most, count);
      return hits === 0 ? 0 : 0.5 * (1 + hits / most);
    }
  }
}

function compileNormalization(normalization: TextNormalization): (text: string) => string {
  const flags = normalization.rules.isCaseSensitive ? 'g' : 'gi';
  const steps = normalization.table.rows.map(row => {
    const source = row.get(normalization.inField) ?? '';
    const isRegex = row.get(normalization.regexField)?.trim() === 'true';
    return { pattern: compilePattern(isRegex ? source : escapeText(source), flags), by: row.get(normalization.outField) ?? '' };
  });
  const once = (text: string): string => {
    let result = text;
    for (const { pattern, by } of steps) {
      result = result.replace(usable(pattern, result, 'a pattern of a TextIndexNormalization').regex, () => by);
      if (result.length > MOST_CHARACTERS)
        throw new RowFailure(`a TextIndexNormalization makes a text of more than ${MOST_CHARACTERS} characters`);
    }
    return result;
  };
  if (!normalization.recursive) return once;
  return text => {
    let result = text;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = once(result);
      if (next === result) return result;
      result = next;
    }
    return result;
  };
}

/** The pattern, where it may be matched with the text. */
function usable(pattern: Pattern, text: string, what: string): Pattern & { readonly kind: 'pattern' } {
  if (pattern.kind === 'refused') throw new RowFailure(`${what} is refused: ${pattern.why}`);
  if (text.length <= pattern.mostCharacters) return pattern;
  throw new RowFailure(`${what} is matched with texts of up to ${pattern.mostCharacters} characters, not ${text.length}`);
}

/** A plain text stands for itself as a whole word. */
function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
