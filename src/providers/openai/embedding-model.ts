import { MillraceError } from '../../common/error.js';
import { embeddingColumn } from '../../kit/embedding-column.js';
import { estimateRowTokens } from '../../kit/estimate-row-tokens.js';
import { createPrompt } from '../../kit/prompt.js';
import { quotaOf } from '../../kit/quota.js';
import type { Batch } from '../../spec/batch.js';
import { formatType, isEmbeddingType, type DataType, type Field } from '../../spec/data-type.js';
import type { Model, ModelCall, ModelContext, ModelResult } from '../../spec/provider.js';
import { createCall, readAccounting } from './openai-call.js';
import type { OpenAiOptions } from './openai-options.js';

/** Most inputs of one request. https://platform.openai.com/docs/api-reference/embeddings/create */
const MAX_INPUTS = 2_048;

/** Most tokens of all inputs of one request, by the same page. */
const MAX_TOKENS = 300_000;

/** `POST …/embeddings`: many inputs a call. */
export function openEmbeddingModel(context: ModelContext<OpenAiOptions>): Model {
  const { options, inputs } = context;
  const type = outputType(context.outputs);
  const prompt = createPrompt({ inputs, template: options.prompt });
  const post = createCall(context, 'embedding');

  async function predict(batch: Batch, call: ModelCall): Promise<ModelResult> {
    const texts = Array.from({ length: batch.rowCount }, (_, row) => prompt(batch, row));
    const input = texts.filter(text => text !== null);
    if (input.length === 0) return { outputs: [embeddingColumn(type, texts as null[])] };
    const answer = await post({ model: options.model, input, encoding_format: 'float', dimensions: options.dimension }, call);
    const vectors = readEmbeddings(answer.json, input.length);
    let next = 0;
    const rows = texts.map(text => (text === null ? null : vectors[next++]!));
    return { outputs: [embeddingColumn(type, rows)], ...readAccounting(answer) };
  }

  const quota = quotaOf({ endpoint: options.endpoint, credential: options['api-key'], model: options.model });
  const tokens = estimateRowTokens({ prompt, staticText: '', maxOfCall: MAX_TOKENS });
  return { maxInputsPerCall: MAX_INPUTS, version: options.model, quota, isRepeatable: true, tokens, predict };
}

function outputType(outputs: readonly Field[]): DataType {
  const [output, ...more] = outputs;
  if (output !== undefined && more.length === 0 && isEmbeddingType(output.type)) return output.type;
  const found = outputs.map(({ name, type }) => `"${name}" ${formatType(type)}`).join(', ');
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: `an embedding model has one OUTPUT column, an ARRAY of FLOAT or DOUBLE, not ${found}`,
    notes: [{ message: 'write OUTPUT (embedding ARRAY<FLOAT>)' }],
  });
}

/** One vector per input, in the order of the inputs whatever the order of the answer. */
function readEmbeddings(json: unknown, count: number): number[][] {
  const { data } = (json ?? {}) as { data?: unknown };
  if (!Array.isArray(data) || data.length !== count) {
    const found = Array.isArray(data) ? String(data.length) : 'no';
    throw badAnswer(`openai answered with ${found} embeddings for ${count} inputs`);
  }
  const vectors: (number[] | undefined)[] = Array.from({ length: count });
  for (const [at, item] of (data as readonly ({ index?: unknown; embedding?: unknown } | null)[]).entries()) {
    const index = Number(item?.index ?? at);
    if (!(index in vectors) || vectors[index] !== undefined)
      throw badAnswer(`openai answered with the index ${index} twice or out of range`);
    vectors[index] = readVector(item?.embedding);
  }
  return vectors as number[][];
}

function readVector(embedding: unknown): number[] {
  if (!Array.isArray(embedding) || embedding.length === 0) throw badAnswer('openai answered with an embedding that is no list of numbers');
  for (let i = 0; i < embedding.length; i++) {
    if (typeof embedding[i] !== 'number') throw badAnswer('openai answered with an embedding that is no list of numbers');
  }
  return embedding as number[];
}

function badAnswer(message: string): MillraceError {
  return new MillraceError({ code: 'BAD_ANSWER', message, retry: 'backoff' });
}
