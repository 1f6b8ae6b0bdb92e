import type { HttpResponse, LimitKind, RateLimit, RateLimitReport } from '../spec/provider.js';

/**
 * What Anthropic's `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}` headers say.
 *
 * `tokens` repeats whichever limit is tightest, or the sum of the other two; it is told only where they are not.
 * https://platform.claude.com/docs/en/api/rate-limits#response-headers
 *
 * @param nowMs wall clock in milliseconds, which the reset times (RFC 3339) count from.
 */
export function readAnthropicRateLimit(headers: HttpResponse['headers'], nowMs: number): RateLimitReport {
  const [requests, input, output, both] = (['requests', 'input-tokens', 'output-tokens', 'tokens'] as const).map(kind =>
    readLimit(headers, kind, nowMs),
  );
  return [requests, input, output, input || output ? undefined : both].filter(told => told !== undefined);
}

function readLimit(headers: HttpResponse['headers'], kind: LimitKind, nowMs: number): RateLimit | undefined {
  const limit = count(headers[`anthropic-ratelimit-${kind}-limit`]);
  const remaining = count(headers[`anthropic-ratelimit-${kind}-remaining`]);
  const resetAt = Date.parse(headers[`anthropic-ratelimit-${kind}-reset`] ?? '');
  if (limit === undefined && remaining === undefined) return undefined;
  return {
    kind,
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(!Number.isNaN(resetAt) && { resetMs: Math.max(0, resetAt - nowMs) }),
  };
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
}
