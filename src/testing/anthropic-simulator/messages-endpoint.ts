import { createHash } from 'node:crypto';
import { hash32 } from '../../kit/seeded-random.js';
import type { Exchange, PreparedAnswer } from '../simulator/simulated-protocol.js';
import { countTokens, simulatedText } from '../simulator/simulated-text.js';
import type { MessagesRequest } from './messages-request.js';
import type { Breakpoint, PromptCache } from './prompt-cache.js';
import type { AnthropicSimulatorOptions } from './simulator-options.js';
import { invalidRequest } from './wire-error.js';

/** Of the made-up thinking in front of an answer. */
const THINKING = 'The question is short, and so is the answer.';

export interface MessagesContext {
  readonly options: AnthropicSimulatorOptions;
  readonly cache: PromptCache;
  readonly exchange: Exchange;
}

/** `POST /v1/messages`. @throws {Refusal} 400 for a prompt that is longer than the context window. */
export function answerMessages(request: MessagesRequest, { options, cache, exchange }: MessagesContext): PreparedAnswer {
  const promptTokens = countPrompt(request);
  if (promptTokens > options['context-window'])
    throw invalidRequest(`prompt is too long: ${promptTokens} tokens > ${options['context-window']} maximum`);
  const prompt = cache.plan(breakpointsOf(request));
  const written = prompt.writtenTokens['5m'] + prompt.writtenTokens['1h'];
  const answer = answerOf(request, { options, promptTokens, exchange });
  const inputTokens = promptTokens - prompt.readTokens - written;
  return {
    inputs: [request.blocks.map(({ text }) => text).join('\n')],
    promptTokens,
    completionTokens: answer.tokens,
    cachedTokens: prompt.readTokens,
    cacheWriteTokens: written,
    amounts: { 'input-tokens': inputTokens + written },
    onSent: () => prompt.store(),
    body: JSON.stringify({
      id: `msg_${hash32(`${options.seed}/${JSON.stringify(request)}`)
        .toString(36)
        .padStart(8, '0')}`,
      type: 'message',
      role: 'assistant',
      model: request.model,
      ...answer.members,
      usage: {
        input_tokens: inputTokens,
        cache_creation_input_tokens: written,
        cache_read_input_tokens: prompt.readTokens,
        cache_creation: {
          ephemeral_5m_input_tokens: prompt.writtenTokens['5m'],
          ephemeral_1h_input_tokens: prompt.writtenTokens['1h'],
        },
        output_tokens: answer.tokens,
        output_tokens_details: { thinking_tokens: request.thinks ? countTokens(THINKING) : 0 },
        service_tier: 'standard',
      },
    }),
  };
}

/** Tokens of the whole prompt, the schema of the answer included. */
export function countPrompt({ blocks, form }: MessagesRequest): number {
  const schema = form.kind === 'schema' ? countTokens(JSON.stringify(form.schema)) : 0;
  return blocks.reduce((sum, { text }) => sum + countTokens(text), schema);
}

/** The schema stands in front of the system prompt: with another one, nothing of the cache fits. */
function breakpointsOf({ model, blocks, form }: MessagesRequest): Breakpoint[] {
  const hash = createHash('sha256').update(`${model}\n${JSON.stringify(form)}`);
  let tokens = form.kind === 'schema' ? countTokens(JSON.stringify(form.schema)) : 0;
  return blocks.flatMap(({ text, cacheTtl }) => {
    hash.update(`\n${text.length}\n${text}`);
    tokens += countTokens(text);
    return cacheTtl === undefined ? [] : [{ key: hash.copy().digest('base64'), tokens, ttl: cacheTtl }];
  });
}

interface Answer {
  /** Output tokens, thinking included. */
  readonly tokens: number;
  readonly members: Readonly<Record<string, unknown>>;
}

interface AnswerInit {
  readonly options: AnthropicSimulatorOptions;
  readonly promptTokens: number;
  readonly exchange: Exchange;
}

function answerOf(request: MessagesRequest, { options, promptTokens, exchange }: AnswerInit): Answer {
  if (exchange.fault === 'refusal') return { tokens: 1, members: REFUSED };
  const thought = request.thinks ? [{ type: 'thinking', thinking: THINKING, signature: 'c2ltdWxhdG9y' }] : [];
  const thinkingTokens = request.thinks ? countTokens(THINKING) : 0;
  const room = Math.min(request.maxTokens, options['context-window'] - promptTokens) - thinkingTokens;
  const { instructions, message, form } = request;
  const spoil = { rates: options, random: exchange.random };
  const full = simulatedText({ seed: options.seed, instructions, message, spoil }, form);
  const stop = request.stopSequences.find(sequence => full.includes(sequence));
  const text = stop === undefined ? full : full.slice(0, full.indexOf(stop));
  const isCut = countTokens(text) > room;
  const shown = isCut ? text.slice(0, Math.max(0, room) * 4) : text;
  const cutReason = request.maxTokens - thinkingTokens > room ? 'model_context_window_exceeded' : 'max_tokens';
  return {
    tokens: thinkingTokens + countTokens(shown),
    members: {
      content: [...thought, ...(shown === '' ? [] : [{ type: 'text', text: shown }])],
      stop_reason: isCut ? cutReason : stop === undefined ? 'end_turn' : 'stop_sequence',
      stop_sequence: isCut ? null : (stop ?? null),
      stop_details: null,
    },
  };
}

const REFUSED = {
  content: [],
  stop_reason: 'refusal',
  stop_sequence: null,
  stop_details: { type: 'refusal', category: null, explanation: 'This request was declined by the safety classifiers.' },
};
