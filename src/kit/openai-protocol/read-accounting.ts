import type { ModelResult, Usage } from '../../spec/provider.js';
import type { JsonAnswer } from '../post-json.js';
import { readRateLimit } from '../rate-limit-headers.js';

/** What an answer tells besides its outputs. */
export type Accounting = Pick<ModelResult, 'usage' | 'rateLimit' | 'requestId'>;

/** Reads the `usage` member, the `x-ratelimit-*` headers and the request's id; what is not told is absent. */
export function readAccounting({ json, headers }: JsonAnswer): Accounting {
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
