import type { HttpResponse, RateLimit, RateLimitReport } from '../spec/provider.js';
import { readAnthropicRateLimit } from './anthropic-rate-limit.js';

type Headers = HttpResponse['headers'];

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a duration as Go prints it and OpenAI sends it: `1s`, `6m0s`, `20ms`, `1h2m3.5s`; a bare number is
 * seconds.
 *
 * @returns `undefined` for any other text.
 */
export function parseResetDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1_000;
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) total += Number(amount) * UNIT_MS[unit!]!;
  return total;
}

/**
 * What OpenAI's `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` headers say.
 *
 * Values below 0, which some proxies send for "not known", count as not told.
 */
export function readRateLimit(headers: Headers): RateLimitReport {
  return (['requests', 'tokens'] as const).flatMap(kind => {
    const told: RateLimit = {
      kind,
      ...defined('limit', count(headers[`x-ratelimit-limit-${kind}`])),
      ...defined('remaining', count(headers[`x-ratelimit-remaining-${kind}`])),
      ...defined('resetMs', reset(headers[`x-ratelimit-reset-${kind}`])),
    };
    return Object.keys(told).length > 1 ? [told] : [];
  });
}

function defined(member: string, value: number | undefined): object {
  return value === undefined ? {} : { [member]: value };
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
}

function reset(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseResetDuration(text);
}

/**
 * How long a service asks to wait, in milliseconds from `nowMs` (wall clock): from `retry-after-ms`, else `retry-after`
 * (seconds or an HTTP date), else the reset of whichever of OpenAI's or Anthropic's limits is used up.
 *
 * @returns `undefined` when the headers do not say.
 */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const millis = headers['retry-after-ms'];
  if (millis !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(millis)) return Number(millis);
  const after = headers['retry-after'];
  if (after !== undefined) {
    if (/^\s*\d+(\.\d+)?\s*$/.test(after)) return Number(after) * 1_000;
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return Math.max(0, date - nowMs);
  }
  const limits = [...readRateLimit(headers), ...readAnthropicRateLimit(headers, nowMs)];
  const waits = limits.flatMap(({ remaining, resetMs }) => (remaining === 0 && resetMs ? [resetMs] : []));
  return waits.length === 0 ? undefined : Math.max(...waits);
}
