/** Settings of the normalizer `BertNormalizer` of a tokenizer.json. */
export interface BertNormalizerConfig {
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  /** As `lowercase` when absent. */
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
}

/** Ranges of https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/normalizers/bert.rs, as they stand there. */
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const REMOVED = /[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;

/** The text as `BertNormalizer` of Hugging Face tokenizers gives it, in the order of its steps. */
export function normalizeForBert(text: string, config: BertNormalizerConfig): string {
  const { clean_text: clean = true, handle_chinese_chars: chinese = true, lowercase = true } = config;
  let normalized = text;
  if (clean) {
    normalized = normalized
      .replaceAll(/[\t\n\r]/g, ' ')
      .replaceAll(REMOVED, '')
      .replaceAll(/\s/gu, ' ');
  }
  if (chinese) normalized = normalized.replaceAll(CHINESE, ' $& ');
  if (config.strip_accents ?? lowercase) normalized = normalized.normalize('NFD').replaceAll(/\p{Mn}/gu, '');
  return lowercase ? lowerEach(normalized) : normalized;
}

/** Lower case character by character, which knows no final sigma, as in Rust. */
export function lowerEach(text: string): string {
  const lowered = text.toLowerCase();
  return lowered.includes('ς') ? Array.from(text, character => character.toLowerCase()).join('') : lowered;
}
