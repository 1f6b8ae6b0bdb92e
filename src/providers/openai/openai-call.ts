import { postJson, type JsonAnswer } from '../../kit/post-json.js';
import { readRateLimit } from '../../kit/rate-limit-headers.js';
import type { ModelCall, ModelContext, ModelResult, Usage } from '../../spec/provider.js';
import { taskUrl, type OpenAiTask } from './endpoint.js';
import type { OpenAiOptions } from './openai-options.js';

export type OpenAiCall = (body: object, call: ModelCall) => Promise<JsonAnswer>;

/** Posts bodies to the address of `task`, with the key and the call's idempotency key. */
export function createCall({ options, http, clock }: ModelContext<OpenAiOptions>, task: OpenAiTask): OpenAiCall {
  const url = taskUrl(options.endpoint, task);
  const key = options['api-key'];
  return (body, { signal, callId }) =>
    postJson({
      http,
      service: 'openai',
      url,
      headers: { authorization: `Bearer ${key.reveal()}`, 'idempotency-key': callId },
      body,
      secrets: [key],
      signal,
      now: () => clock.now(),
    });
}

/** What an answer tells besides its outputs: tokens, limits, the request's id. */
export function readAccounting({ json, headers }: JsonAnswer): Pick<ModelResult, 'usage' | 'rateLimit' | 'requestId'> {
  const usage = readUsage((json as { usage?: unknown } | null)?.usage);
  const rateLimit = readRateLimit(headers);
  const requestId = headers['x-request-id'];
  return { ...(usage && { usage }), rateLimit, ...(requestId !== undefined && { requestId }) };
}

interface UsageMember {
  readonly prompt_tokens?: unknown;
  readonly completion_tokens?: unknown;
  readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: unknown } | null;
}

function readUsage(usage: unknown): Usage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const counts: UsageMember = usage;
  const cached = tokens(counts.prompt_tokens_details?.cached_tokens);
  const reasoning = tokens(counts.completion_tokens_details?.reasoning_tokens);
  return {
    inputTokens: tokens(counts.prompt_tokens) ?? 0,
    outputTokens: tokens(counts.completion_tokens) ?? 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
