import type { Body } from '../simulator/json-body.js';
import { simulatedEmbedding } from '../simulator/simulated-embedding.js';
import type { PreparedAnswer } from '../simulator/simulated-protocol.js';
import { countTokens } from '../simulator/simulated-text.js';
import { checkKnown, numberMember } from './request-body.js';
import { invalidRequest } from './wire-error.js';

const MEMBERS: ReadonlySet<string> = new Set(['model', 'input', 'encoding_format', 'dimensions', 'user']);

/** Width of an embedding that does not ask for one. */
const DEFAULT_DIMENSIONS = 16;
const MAX_INPUTS = 2_048;

/**
 * `POST …/embeddings`. The answer lists the inputs in reverse order, which the protocol allows: `index` says which is which.
 *
 * @throws {Refusal} 400 for a request that OpenAI would refuse.
 */
export function answerEmbeddings(body: Body, seed: string): PreparedAnswer {
  checkKnown(body, MEMBERS);
  const { model } = body;
  if (typeof model !== 'string' || model === '') throw invalidRequest('model', 'you must provide a model parameter');
  if (![undefined, 'float'].includes(body['encoding_format'] as string | undefined))
    throw invalidRequest('encoding_format', 'This simulator answers with encoding_format "float" only.');
  const inputs = readInputs(body['input']);
  const dimensions = numberMember(body, 'dimensions', { min: 1, max: 4_096, integer: true }) ?? DEFAULT_DIMENSIONS;
  const promptTokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  const items = inputs.map((input, index) => ({ object: 'embedding', index, embedding: simulatedEmbedding({ seed, input, dimensions }) }));
  return {
    inputs,
    promptTokens,
    completionTokens: 0,
    body: JSON.stringify({
      object: 'list',
      data: items.toReversed(),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    }),
  };
}

function readInputs(input: unknown): string[] {
  const inputs = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(inputs) || inputs.length === 0 || !inputs.every(item => typeof item === 'string')) {
    throw invalidRequest('input', "'$.input' is invalid. Expected a string or an array of strings.");
  }
  if (inputs.length > MAX_INPUTS) throw invalidRequest('input', `'$.input' is invalid. At most ${MAX_INPUTS} inputs are allowed.`);
  const empty = inputs.indexOf('');
  if (empty >= 0) throw invalidRequest('input', `'$.input' is invalid. Input ${empty} is an empty string.`);
  return inputs;
}
