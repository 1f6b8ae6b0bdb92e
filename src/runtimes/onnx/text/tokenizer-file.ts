import { z } from 'zod';

/** Bounds on what a tokenizer.json may ask for; the largest published ones have some 260,000 tokens. */
const MAX_TOKENS = 2_000_000;
const MAX_ADDED_TOKENS = 100_000;
const MAX_DEPTH = 32;
const MAX_PATTERN = 10_000;

const id = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const addedToken = z.looseObject({
  id,
  content: z.string().min(1).max(10_000),
  single_word: z.boolean().optional(),
  lstrip: z.boolean().optional(),
  rstrip: z.boolean().optional(),
  normalized: z.boolean().optional(),
  special: z.boolean().optional(),
});
const step = z.looseObject({ type: z.string() });
const tokenizerFile = z.looseObject({
  model: z.looseObject({
    type: z.enum(['WordPiece', 'BPE', 'Unigram']).optional(),
    vocab: z.union([z.record(z.string(), id), z.array(z.tuple([z.string(), z.number()]))]),
  }),
  added_tokens: z.array(addedToken).max(MAX_ADDED_TOKENS).default([]),
  normalizer: step.nullish(),
  pre_tokenizer: step.nullish(),
  post_processor: step.nullish(),
});

/** A tokenizer.json whose parts have the forms that `@huggingface/tokenizers` takes for granted. */
export interface TokenizerFile {
  readonly json: Record<string, unknown>;
  /** What puts special tokens around the others. */
  readonly postProcessor: unknown;
  /** The token for what is in no other. */
  readonly unknownId: number | undefined;
}

/**
 * Reads the text of a tokenizer.json.
 *
 * @throws {SyntaxError | z.ZodError | RangeError} for a text that is none, that is too large, or that asks for what is not supported.
 */
export function readTokenizerFile(text: string): TokenizerFile {
  const json = tokenizerFile.parse(JSON.parse(text));
  const { model } = json;
  const kind = kindOf(model);
  const size = Array.isArray(model.vocab) ? model.vocab.length : Object.keys(model.vocab).length;
  if (size > MAX_TOKENS) throw new RangeError(`a vocabulary of ${size} tokens, more than ${MAX_TOKENS}`);
  checkDepth(json['normalizer'], 0);
  checkDepth(json['pre_tokenizer'], 0);
  const unknownId = kind === 'Unigram' ? checkUnigram(model) : checkWords(kind, model);
  // The parts that the package reads without asking whether they are there; special tokens are put in by a TokenTemplate, and a
  // decoder is for the way back.
  const parts = { normalizer: json.normalizer ?? null, pre_tokenizer: json.pre_tokenizer ?? null, post_processor: null, decoder: null };
  return { json: { ...json, ...parts, model: { ...model, type: kind } }, postProcessor: json.post_processor, unknownId };
}

type Model = z.output<typeof tokenizerFile>['model'];

/** Old files do not tell their kind. */
function kindOf(model: Model): 'WordPiece' | 'BPE' | 'Unigram' {
  return model.type ?? (Array.isArray(model.vocab) ? 'Unigram' : 'merges' in model ? 'BPE' : 'WordPiece');
}

function checkUnigram(model: Model): number | undefined {
  if (!Array.isArray(model.vocab)) throw new RangeError('the vocabulary of a Unigram model is no list');
  if (model['byte_fallback'] === true) throw new RangeError('a Unigram model with byte_fallback, which is not supported');
  const unknown = id.nullish().parse(model['unk_id']) ?? undefined;
  if (unknown === undefined || unknown >= model.vocab.length) throw new RangeError('unk_id of the Unigram model is no token of it');
  return unknown;
}

const merges = z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).max(4 * MAX_TOKENS);

function checkWords(kind: 'WordPiece' | 'BPE', model: Model): number | undefined {
  if (Array.isArray(model.vocab)) throw new RangeError(`the vocabulary of a ${kind} model is a list`);
  const unknown = z.string().nullish().parse(model['unk_token']);
  if (kind === 'BPE') {
    merges.parse(model['merges']);
    if (model['continuing_subword_prefix']) throw new RangeError('a BPE model with continuing_subword_prefix, which is not supported');
  }
  const unknownId = typeof unknown === 'string' && Object.hasOwn(model.vocab, unknown) ? model.vocab[unknown] : undefined;
  if (kind === 'WordPiece' && unknownId === undefined) throw new RangeError('unk_token of the WordPiece model is no token of it');
  return unknownId;
}

/** Normalizers and pre-tokenizers stand in each other, and hold regular expressions. */
function checkDepth(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError(`normalizers or pre-tokenizers in each other, more than ${MAX_DEPTH} deep`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Regex' && typeof inner === 'string' && inner.length > MAX_PATTERN)
      throw new RangeError(`a regular expression of ${inner.length} characters`);
    checkDepth(inner, depth + 1);
  }
}
