import { systemClock } from '../../common/clock.js';
import type { LimitState, LimitWords } from '../simulator/rate-limits.js';
import { errorReply } from './wire-error.js';

/** `anthropic-ratelimit-*` with RFC 3339 times, and 429 with `retry-after`. */
export const anthropicLimits: LimitWords = {
  headers: states => Object.fromEntries([...states, ...bothTokens(states)].flatMap(headersOf)),
  exceeded: ({ kind, limit }, waitMs) =>
    errorReply({
      status: 429,
      type: 'rate_limit_error',
      message: `This request would exceed your organization's rate limit of ${limit.toLocaleString('en')} ${kind.replace('-', ' ')} per minute.`,
      headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
    }),
};

/** The service sums its two limits of tokens up in a third set of headers. */
function bothTokens(states: readonly LimitState[]): LimitState[] {
  const parts = states.filter(({ kind }) => kind === 'input-tokens' || kind === 'output-tokens');
  if (parts.length < 2) return [];
  return [
    {
      kind: 'tokens',
      limit: parts.reduce((sum, { limit }) => sum + limit, 0),
      remaining: parts.reduce((sum, { remaining }) => sum + remaining, 0),
      resetMs: Math.max(...parts.map(({ resetMs }) => resetMs)),
    },
  ];
}

function headersOf({ kind, limit, remaining, resetMs }: LimitState): [string, string][] {
  return [
    [`anthropic-ratelimit-${kind}-limit`, String(limit)],
    [`anthropic-ratelimit-${kind}-remaining`, String(remaining)],
    [`anthropic-ratelimit-${kind}-reset`, `${new Date(systemClock.now() + resetMs).toISOString().slice(0, 19)}Z`],
  ];
}
