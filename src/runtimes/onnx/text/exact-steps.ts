import { lowerEach, normalizeForBert } from './bert-normalizer.js';
import { PrecompiledCharsmap } from './precompiled-charsmap.js';
import { tokenizersLibrary, type LibraryNormalizer, type LibraryPreTokenizer, type LibraryTokenizer } from './tokenizers-library.js';

/**
 * Replaces the steps in which `@huggingface/tokenizers` (0.2.0) differs from the library of Python: lower case at the end of Greek
 * words, rare Chinese characters, the compiled normalization of SentencePiece, for which it has an approximation; white space and
 * letters beyond ASCII between words; punctuation side by side.
 *
 * @throws {RangeError} for settings that are not supported.
 */
export function makeExact({ normalizer, pre_tokenizer: preTokenizer }: LibraryTokenizer): void {
  if (normalizer) exactNormalizer(normalizer);
  if (preTokenizer) exactPreTokenizer(preTokenizer);
}

function exactNormalizer(step: LibraryNormalizer): void {
  const { config } = step;
  switch (config['type']) {
    case 'Sequence':
      for (const inner of step.normalizers ?? []) if (inner) exactNormalizer(inner);
      return;
    case 'BertNormalizer':
      step.normalize = text => normalizeForBert(text, config);
      return;
    case 'Lowercase':
      step.normalize = lowerEach;
      return;
    case 'Precompiled': {
      const encoded = config['precompiled_charsmap'];
      if (typeof encoded !== 'string') return;
      const charsmap = new PrecompiledCharsmap(Buffer.from(encoded, 'base64'));
      step.normalize = text => charsmap.normalize(text);
      return;
    }
    default:
  }
}

const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d`;
const PUNCTUATION = String.raw`\p{P}\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e`;

function exactPreTokenizer(step: LibraryPreTokenizer): void {
  const { PunctuationPreTokenizer, SequencePreTokenizer, WhitespacePreTokenizer, WhitespaceSplitPreTokenizer } = tokenizersLibrary;
  if (isOf(SequencePreTokenizer, step)) {
    for (const inner of step.tokenizers ?? []) if (inner) exactPreTokenizer(inner);
  } else if (isOf(WhitespaceSplitPreTokenizer, step)) {
    step.pre_tokenize_text = matches(/[^\p{White_Space}]+/gu);
  } else if (isOf(WhitespacePreTokenizer, step)) {
    step.pre_tokenize_text = matches(new RegExp(String.raw`[${WORD}]+|[^${WORD}\p{White_Space}]+`, 'gu'));
  } else if (isOf(PunctuationPreTokenizer, step)) {
    const behavior = step.config?.['behavior'] ?? 'Isolated';
    if (behavior !== 'Isolated' && behavior !== 'Contiguous')
      throw new RangeError(`punctuation that is "${String(behavior)}", which is not supported`);
    step.pre_tokenize_text = matches(new RegExp(`[^${PUNCTUATION}]+|[${PUNCTUATION}]${behavior === 'Isolated' ? '' : '+'}`, 'gu'));
  }
}

/** Without narrowing: all have one type here. */
function isOf(kind: abstract new (...given: never[]) => unknown, step: unknown): boolean {
  return step instanceof kind;
}

function matches(pattern: RegExp): (text: string) => string[] {
  return text => text.match(pattern) ?? [];
}
