import { hash32 } from '../../kit/seeded-random.js';
import type { Body } from '../simulator/json-body.js';
import type { PreparedAnswer } from '../simulator/simulated-protocol.js';
import { countTokens, simulatedText, type SimulatedChat } from '../simulator/simulated-text.js';
import { readConverse, type ConverseRequest } from './converse-request.js';
import { validationError } from './wire-error.js';

/** Shortest prompt that is cached, in tokens: the limit of most Claude models. */
const MIN_CACHED_TOKENS = 1_024;

export interface ConverseContext {
  readonly model: string;
  readonly seed: string;
  /** `content-filter` and `guardrail` are answers; others do not concern it. */
  readonly fault: string | undefined;
  /** Most tokens of a prompt. */
  readonly contextWindow: number;
  /** How long the answer takes, in milliseconds. */
  readonly latencyMs: number;
  /** How answers to several rows in one prompt are spoilt; not at all when absent. */
  readonly spoil?: SimulatedChat['spoil'];
  /** System prompts that are cached; the caller's, which lives as long as the simulator. */
  readonly promptCache: Set<string>;
}

/** `POST /model/{id}/converse`. @throws {Refusal} 400 for a request that Bedrock would refuse. */
export function answerConverse(body: Body, context: ConverseContext): PreparedAnswer {
  const request = readConverse(body, context.model);
  const promptTokens = countTokens(request.prompt);
  if (promptTokens > context.contextWindow) throw validationError('Input is too long for requested model.');
  const { instructions, message, form } = request;
  const text = simulatedText({ seed: context.seed, message, instructions, spoil: context.spoil }, form);
  const { content, stopReason, outputTokens } = contentOf(text, request, context);
  const cache = cacheOf(request, context);
  return {
    inputs: [request.prompt],
    promptTokens,
    completionTokens: outputTokens,
    cachedTokens: cache.read,
    cacheWriteTokens: cache.written,
    onSent: cache.keep,
    body: JSON.stringify({
      metrics: { latencyMs: Math.round(context.latencyMs) },
      output: { message: { content, role: 'assistant' } },
      stopReason,
      usage: {
        cacheReadInputTokens: cache.read,
        cacheWriteInputTokens: cache.written,
        inputTokens: promptTokens - cache.read - cache.written,
        outputTokens,
        totalTokens: promptTokens + outputTokens,
      },
    }),
  };
}

interface Content {
  readonly content: readonly object[];
  readonly stopReason: string;
  readonly outputTokens: number;
}

function contentOf(text: string, { maxTokens, tool, hasGuardrail }: ConverseRequest, { fault, seed }: ConverseContext): Content {
  if (fault === 'content-filter') return { content: [], stopReason: 'content_filtered', outputTokens: 0 };
  if (fault === 'guardrail' && hasGuardrail)
    return { content: [{ text: 'Sorry, the model cannot answer this question.' }], stopReason: 'guardrail_intervened', outputTokens: 0 };
  const outputTokens = Math.min(countTokens(text), maxTokens);
  const isCut = countTokens(text) > maxTokens;
  if (tool !== undefined && !isCut) {
    const toolUse = { input: JSON.parse(text) as unknown, name: tool, toolUseId: `tooluse_${hash32(`${seed}/${text}`).toString(36)}` };
    return { content: [{ toolUse }], stopReason: 'tool_use', outputTokens };
  }
  return { content: [{ text: isCut ? text.slice(0, maxTokens * 4) : text }], stopReason: isCut ? 'max_tokens' : 'end_turn', outputTokens };
}

interface CacheUse {
  readonly read: number;
  readonly written: number;
  readonly keep: () => void;
}

/** The first answered request with a cache point writes what stands in front of it; later ones read it. */
function cacheOf({ cachedPrefix }: ConverseRequest, { promptCache, model }: ConverseContext): CacheUse {
  const tokens = cachedPrefix === undefined ? 0 : countTokens(cachedPrefix);
  if (tokens < MIN_CACHED_TOKENS) return { read: 0, written: 0, keep: () => {} };
  const key = `${model}/${cachedPrefix}`;
  if (promptCache.has(key)) return { read: tokens, written: 0, keep: () => {} };
  return { read: 0, written: tokens, keep: () => void promptCache.add(key) };
}
