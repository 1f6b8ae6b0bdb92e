import type { EmbeddingWire } from '../embedding/embedding-wire.js';
import type { OpenAiPost } from './ask-chat.js';
import { readAccounting } from './read-accounting.js';
import { readEmbeddings } from './read-embeddings.js';

/** Most inputs of one request. https://platform.openai.com/docs/api-reference/embeddings/create */
const MAX_INPUTS = 2_048;

/** Most tokens of all inputs of one request, by the same page. */
const MAX_TOKENS = 300_000;

export interface OpenAiEmbeddingsInit {
  /** How messages call the service: the provider's name. */
  readonly service: string;
  readonly post: OpenAiPost;
  /** Length of a vector; the model's own when absent. */
  readonly dimension: number | undefined;
  /** Members of every body: the model. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** `POST …/embeddings`: many inputs a call. */
export function createOpenAiEmbeddings({ service, post, dimension, members }: OpenAiEmbeddingsInit): EmbeddingWire {
  return {
    service,
    maxInputs: MAX_INPUTS,
    maxTokens: MAX_TOKENS,
    async embed(input, call) {
      const answer = await post({ ...members, input, encoding_format: 'float', dimensions: dimension }, call);
      return { vectors: readEmbeddings(answer.json, { service, count: input.length }), ...readAccounting(answer) };
    },
  };
}
