import { makeExact } from './exact-steps.js';
import type { TokenizerSpec } from './text-protocol.js';
import { readTokenizerFile } from './tokenizer-file.js';
import { tokenizersLibrary, type LibraryTokenizer } from './tokenizers-library.js';
import { addedTokens, fillTemplate, keptLengths, tokenTemplate, type TokenizedText, type TokenTemplate } from './token-template.js';

/** Tokens beyond the last one kept that are looked at, so that where a long text is cut does not change those before. */
const MARGIN_TOKENS = 64;
/** Characters that a token has in a text that is no attack; more are taken step by step. */
const CHARACTERS_PER_TOKEN = 24;

/** Texts to token ids, as the library `tokenizers` of Python gives them with truncation and special tokens. */
export class TextTokenizer {
  readonly #spec: TokenizerSpec;
  readonly #tokenizer: LibraryTokenizer;
  readonly #template: TokenTemplate;
  readonly #unknown: number | undefined;

  /** @throws {Error} where the file is no tokenizer, or of a kind that is not supported. */
  constructor(spec: TokenizerSpec) {
    const file = readTokenizerFile(spec.file);
    this.#spec = spec;
    this.#tokenizer = new tokenizersLibrary.Tokenizer(file.json, plainConfig(spec.config));
    makeExact(this.#tokenizer);
    this.#template = tokenTemplate(file.postProcessor);
    this.#unknown = file.unknownId;
    const room = spec.maxLength - Math.max(addedTokens(this.#template.single), addedTokens(this.#template.pair));
    if (room < 1) throw new RangeError(`max-length ${spec.maxLength} leaves no room for text beside the special tokens`);
  }

  /** The ids of one text, or of two that are compared. */
  encode(texts: readonly string[]): TokenizedText {
    const items = texts.length === 2 ? this.#template.pair : this.#template.single;
    const room = this.#spec.maxLength - addedTokens(items);
    const tokens = texts.map(text => this.#idsOf(this.#prepared(text), room));
    const kept = keptLengths(
      tokens.map(ids => ids.length),
      room,
    );
    return fillTemplate(
      items,
      tokens.map((ids, i) => (this.#spec.truncationSide === 'left' ? ids.slice(ids.length - kept[i]!) : ids.slice(0, kept[i]))),
    );
  }

  #prepared(text: string): string {
    const prefixed = this.#spec.prefix + text;
    return this.#spec.lowercase ? prefixed.toLowerCase() : prefixed;
  }

  /** At least as many of the text's ids as there is room for, or all: what is cut off later need not be tokenized. */
  #idsOf(text: string, room: number): number[] {
    if (this.#spec.truncationSide === 'right') {
      for (let length = (room + MARGIN_TOKENS) * CHARACTERS_PER_TOKEN; length < text.length; length *= 2) {
        const ids = this.#allIdsOf(text.slice(0, endOfWord(text, length)));
        if (ids.length >= room + MARGIN_TOKENS) return ids;
      }
    }
    return this.#allIdsOf(text);
  }

  #allIdsOf(text: string): number[] {
    return this.#tokenizer.tokenize(text, { add_special_tokens: false }).map(token => {
      const id = this.#tokenizer.token_to_id(token) ?? this.#unknown;
      if (id === undefined) throw new RangeError(`the tokenizer has no number for "${token}", and none for what is unknown`);
      return id;
    });
  }
}

/** The first place before white space from `from` on; `from` itself where a word is very long. */
function endOfWord(text: string, from: number): number {
  for (let at = from; at < text.length && at < from + 1_000; at++) if (/\s/.test(text[at]!)) return at;
  // Not between the halves of a character.
  return /[\udc00-\udfff]/.test(text[from]!) ? from + 1 : from;
}

/** Settings that change tokens and that the library of Python does not read beside a tokenizer.json are left out. */
function plainConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { eos_token: end, unk_token: unknown } = config;
  return { eos_token: contentOf(end), unk_token: contentOf(unknown) };
}

function contentOf(token: unknown): unknown {
  return typeof token === 'object' && token !== null && 'content' in token ? token.content : token;
}
