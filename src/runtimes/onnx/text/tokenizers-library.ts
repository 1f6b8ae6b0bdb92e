import * as library from '@huggingface/tokenizers';

/** A normalizer of the library, with what it keeps. */
export interface LibraryNormalizer {
  readonly config: Readonly<Record<string, unknown>>;
  /** Of a sequence. */
  readonly normalizers?: readonly (LibraryNormalizer | null)[];
  normalize(text: string): string;
}

export interface LibraryPreTokenizer {
  /** Of those that have settings. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Of a sequence. */
  readonly tokenizers?: readonly (LibraryPreTokenizer | null)[];
  pre_tokenize_text(text: string): string[];
}

export interface LibraryTokenizer {
  readonly normalizer: LibraryNormalizer | null;
  readonly pre_tokenizer: LibraryPreTokenizer | null;
  tokenize(text: string, options: { readonly add_special_tokens: boolean }): string[];
  token_to_id(token: string): number | undefined;
}

type Class<Instance> = abstract new (...given: never[]) => Instance;

interface Library {
  readonly Tokenizer: new (file: object, config: object) => LibraryTokenizer;
  readonly PunctuationPreTokenizer: Class<LibraryPreTokenizer>;
  readonly SequencePreTokenizer: Class<LibraryPreTokenizer>;
  readonly WhitespacePreTokenizer: Class<LibraryPreTokenizer>;
  readonly WhitespaceSplitPreTokenizer: Class<LibraryPreTokenizer>;
}

/** `@huggingface/tokenizers`, as far as it is used; its own declarations (0.2.0) name files in a way that TypeScript does not resolve. */
export const tokenizersLibrary = library as unknown as Library;
