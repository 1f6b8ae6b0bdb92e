import { MillraceError } from '../../common/error.js';
import { createEmbeddingModel } from '../../kit/embedding/embedding-model.js';
import type { EmbeddingReply } from '../../kit/embedding/embedding-wire.js';
import { quotaOf } from '../../kit/quota.js';
import type { Model, ModelCall, ModelContext } from '../../spec/provider.js';
import { createCall, readAccounting } from './openai-call.js';
import type { OpenAiOptions } from './openai-options.js';

/** Most inputs of one request. https://platform.openai.com/docs/api-reference/embeddings/create */
const MAX_INPUTS = 2_048;

/** Most tokens of all inputs of one request, by the same page. */
const MAX_TOKENS = 300_000;

/** `POST …/embeddings`: many inputs a call. */
export function openEmbeddingModel(context: ModelContext<OpenAiOptions>): Model {
  const { options, inputs, outputs } = context;
  const post = createCall(context, 'embedding');

  async function embed(input: readonly string[], call: ModelCall): Promise<EmbeddingReply> {
    const answer = await post({ model: options.model, input, encoding_format: 'float', dimensions: options.dimension }, call);
    return { vectors: readEmbeddings(answer.json, input.length), ...readAccounting(answer) };
  }

  return createEmbeddingModel({
    wire: { service: 'openai', maxInputs: MAX_INPUTS, maxTokens: MAX_TOKENS, embed },
    template: options.prompt,
    inputs,
    outputs,
    version: options.model,
    quota: quotaOf({ endpoint: options.endpoint, credential: options['api-key'], model: options.model }),
  });
}

/** One vector per input, in the order of the inputs whatever the order of the answer; none where it is no list. */
function readEmbeddings(json: unknown, count: number): readonly unknown[] {
  const { data } = (json ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  if (data.length !== count) return data;
  const vectors: unknown[] = Array.from({ length: count });
  for (const [at, item] of (data as readonly ({ index?: unknown; embedding?: unknown } | null)[]).entries()) {
    const index = Number(item?.index ?? at);
    if (!(index in vectors) || vectors[index] !== undefined) throw wrongIndex(index);
    vectors[index] = item?.embedding;
  }
  return vectors;
}

function wrongIndex(index: number): MillraceError {
  return new MillraceError({
    code: 'BAD_ANSWER',
    message: `openai answered with the index ${index} twice or out of range`,
    retry: 'backoff',
  });
}
