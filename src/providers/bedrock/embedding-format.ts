import { MillraceError } from '../../common/error.js';
import type { BedrockOptions } from './bedrock-options.js';

/** How one family of embedding models is asked by InvokeModel, whose bodies are the model's own. */
export interface EmbeddingFormat {
  /** Matched against the id without its region, such as `amazon.titan-embed-text-v2:0`. */
  readonly pattern: RegExp;
  /** Most texts of one request. */
  readonly maxInputs: number;
  /** Options that the family does not have. */
  readonly lacks: readonly ('dimension' | 'normalize')[];
  body(texts: readonly string[], options: BedrockOptions): object;
  /** The vectors of an answer, as written; none where it has none. */
  vectors(json: unknown): readonly unknown[];
  /** Input tokens in the body; absent where only the headers tell. */
  tokens?(json: unknown): unknown;
}

const titan = {
  maxInputs: 1,
  vectors: (json: unknown) => [member(json, 'embedding')].filter(vector => vector !== undefined),
  tokens: (json: unknown) => member(json, 'inputTextTokenCount'),
};

const cohere = {
  maxInputs: 96,
  /** A list, or a list for each type of element. */
  vectors(json: unknown): readonly unknown[] {
    const embeddings = member(json, 'embeddings');
    const list = Array.isArray(embeddings) ? embeddings : member(embeddings, 'float');
    return Array.isArray(list) ? list : [];
  },
};

/**
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
 */
const FORMATS: readonly EmbeddingFormat[] = [
  {
    ...titan,
    pattern: /^amazon\.titan-embed-(text-v1|g1-text)/,
    lacks: ['dimension', 'normalize'],
    body: ([inputText]) => ({ inputText }),
  },
  {
    ...titan,
    pattern: /^amazon\.titan-embed-text-v2/,
    lacks: [],
    body: ([inputText], { dimension, normalize }) => ({ inputText, dimensions: dimension, normalize }),
  },
  {
    ...cohere,
    pattern: /^cohere\.embed-(english|multilingual)-v3/,
    lacks: ['dimension', 'normalize'],
    body: (texts, { 'input-type': input_type }) => ({ texts, input_type }),
  },
  {
    ...cohere,
    pattern: /^cohere\.embed-v4/,
    lacks: ['normalize'],
    body: (texts, { 'input-type': input_type, dimension }) => ({
      texts,
      input_type,
      embedding_types: ['float'],
      output_dimension: dimension,
    }),
  },
];

/**
 * The format of a model.
 *
 * @param model as `foundationModel` gives it.
 * @throws {MillraceError} `MODEL_SCHEMA` for a family whose embeddings are not known, `INVALID_OPTION` for an option that it lacks.
 */
export function embeddingFormat(model: string, options: BedrockOptions): EmbeddingFormat {
  const format = FORMATS.find(({ pattern }) => pattern.test(model));
  if (format === undefined) {
    throw new MillraceError({
      code: 'MODEL_SCHEMA',
      message: `"${model}" is no embedding model that bedrock calls here: those are Titan Text Embeddings v1 and v2, and Cohere Embed v3 and v4`,
      notes: [
        { message: 'declare OUTPUT columns of other types for a language model' },
        { message: "name the foundation model behind an ARN by 'base-model'" },
      ],
    });
  }
  const extra = format.lacks.find(key => options[key] !== undefined);
  if (extra === undefined) return format;
  throw new MillraceError({ code: 'INVALID_OPTION', message: `"${model}" has no "${extra}"`, notes: [{ message: 'remove the option' }] });
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
