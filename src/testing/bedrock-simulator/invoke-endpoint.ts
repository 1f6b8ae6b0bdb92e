import type { Body } from '../simulator/json-body.js';
import { simulatedEmbedding } from '../simulator/simulated-embedding.js';
import type { PreparedAnswer } from '../simulator/simulated-protocol.js';
import { countTokens } from '../simulator/simulated-text.js';
import { malformedInput, validationError } from './wire-error.js';

export interface InvokeContext {
  readonly model: string;
  readonly seed: string;
  /** How long the answer takes, in milliseconds. */
  readonly latencyMs: number;
}

/** `POST /model/{id}/invoke` of Titan and Cohere embedding models. @throws {Refusal} 400 for a request that the model would refuse. */
export function answerInvoke(body: Body, context: InvokeContext): PreparedAnswer {
  const format = FORMATS.find(({ pattern }) => pattern.test(context.model));
  if (format === undefined)
    throw validationError('This simulator invokes embedding models of Titan and Cohere only; use Converse for others.');
  const unknown = Object.keys(body).find(name => !format.members.includes(name));
  if (unknown !== undefined) throw malformedInput(`extraneous key [${unknown}] is not permitted`);
  const { inputs, dimensions, reply } = format.answer(body);
  const promptTokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  const vectors = inputs.map(input => simulatedEmbedding({ seed: context.seed, input, dimensions }));
  return {
    inputs,
    promptTokens,
    completionTokens: 0,
    headers: {
      'x-amzn-bedrock-input-token-count': String(promptTokens),
      'x-amzn-bedrock-output-token-count': '0',
      'x-amzn-bedrock-invocation-latency': String(Math.round(context.latencyMs)),
    },
    body: JSON.stringify(reply(vectors, promptTokens)),
  };
}

interface InvokeFormat {
  readonly pattern: RegExp;
  readonly members: readonly string[];
  answer(body: Body): {
    readonly inputs: readonly string[];
    readonly dimensions: number;
    readonly reply: (vectors: readonly number[][], tokens: number) => object;
  };
}

const FORMATS: readonly InvokeFormat[] = [
  {
    pattern: /amazon\.titan-embed-(text-v1|g1-text)/,
    members: ['inputText'],
    answer: body => ({
      inputs: [readText(body)],
      dimensions: 1_536,
      reply: ([embedding], inputTextTokenCount) => ({ embedding, inputTextTokenCount }),
    }),
  },
  {
    pattern: /amazon\.titan-embed-text-v2/,
    members: ['inputText', 'dimensions', 'normalize', 'embeddingTypes'],
    answer: body => ({
      inputs: [readText(body)],
      dimensions: readDimensions(body, 'dimensions', [256, 512, 1_024]) ?? 1_024,
      reply: ([embedding], inputTextTokenCount) => ({ embedding, embeddingsByType: { float: embedding }, inputTextTokenCount }),
    }),
  },
  {
    pattern: /cohere\.embed-(english|multilingual)-v3/,
    members: ['texts', 'input_type', 'truncate', 'embedding_types', 'images'],
    answer: body => ({ inputs: readTexts(body), dimensions: 1_024, reply: cohereReply(body) }),
  },
  {
    pattern: /cohere\.embed-v4/,
    members: ['texts', 'input_type', 'truncate', 'embedding_types', 'images', 'inputs', 'output_dimension', 'max_tokens'],
    answer: body => ({
      inputs: readTexts(body),
      dimensions: readDimensions(body, 'output_dimension', [256, 512, 1_024, 1_536]) ?? 1_536,
      reply: cohereReply(body),
    }),
  },
];

/** A list of vectors, or lists by type of element where the request names types. */
function cohereReply(body: Body): (vectors: readonly number[][]) => object {
  const { texts, embedding_types: types } = body;
  return vectors => ({
    id: '00000000-0000-0000-0000-000000000000',
    texts,
    ...(types === undefined
      ? { embeddings: vectors, response_type: 'embeddings_floats' }
      : { embeddings: { float: vectors }, response_type: 'embeddings_by_type' }),
  });
}

function readText({ inputText }: Body): string {
  if (inputText === undefined) throw malformedInput('#: required key [inputText] not found');
  if (typeof inputText === 'string' && inputText !== '') return inputText;
  throw malformedInput('#/inputText: expected minLength: 1, actual: 0');
}

const INPUT_TYPES: readonly unknown[] = ['search_document', 'search_query', 'classification', 'clustering'];

function readTexts({ texts, input_type: inputType, embedding_types: types }: Body): readonly string[] {
  if (inputType === undefined) throw malformedInput('#: required key [input_type] not found');
  if (!INPUT_TYPES.includes(inputType)) throw malformedInput(`#/input_type: ${String(inputType)} is not a valid enum value`);
  if (types !== undefined && !(Array.isArray(types) && types.length === 1 && types[0] === 'float'))
    throw malformedInput('#/embedding_types: this simulator has floats only');
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every(text => typeof text === 'string'))
    throw malformedInput('#/texts: expected minimum item count: 1, found: 0');
  if (texts.length > 96) throw malformedInput(`#/texts: expected maximum item count: 96, found: ${texts.length}`);
  return texts;
}

function readDimensions(body: Body, name: string, allowed: readonly number[]): number | undefined {
  const value = body[name];
  if (value === undefined || allowed.includes(value as number)) return value as number | undefined;
  throw malformedInput(`#/${name}: ${String(value)} is not a valid enum value`);
}
