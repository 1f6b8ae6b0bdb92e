import type { LimitState, LimitWords } from '../simulator/rate-limits.js';
import { errorReply } from './wire-error.js';

const SHORT: Readonly<Partial<Record<LimitState['kind'], string>>> = { requests: 'RPM', tokens: 'TPM' };

/** `x-ratelimit-*`, and 429 with `retry-after` and `retry-after-ms`. */
export const openAiLimits: LimitWords = {
  headers: states =>
    Object.fromEntries(
      states.flatMap(({ kind, limit, remaining, resetMs }) => [
        [`x-ratelimit-limit-${kind}`, String(limit)],
        [`x-ratelimit-remaining-${kind}`, String(remaining)],
        [`x-ratelimit-reset-${kind}`, formatReset(resetMs)],
      ]),
    ),
  exceeded: ({ kind, limit }, waitMs) =>
    errorReply({
      status: 429,
      message: `Rate limit reached on ${kind} per min (${SHORT[kind]}): Limit ${limit}. Please try again in ${formatReset(waitMs)}.`,
      type: kind,
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)), 'retry-after-ms': String(waitMs) },
    }),
};

/** A duration as Go prints it: `20ms`, `1.5s`, `6m0s`, `1h0m0s`. */
export function formatReset(ms: number): string {
  if (ms < 1_000) return `${ms}ms`;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  if (ms < 60_000) return seconds;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
