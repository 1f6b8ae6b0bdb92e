import type { LimitState, LimitWords } from '../simulator/rate-limits.js';
import type { AzureOpenAiSimulatorOptions } from './simulator-options.js';
import { errorReply } from './wire-error.js';

type LimitOptions = Pick<AzureOpenAiSimulatorOptions, 'limit-headers' | 'wait-headers'>;

/** Azure's `x-ratelimit-*`, which tell no reset, and its 429; both with the quirks that the options ask for. */
export function azureLimits({ 'limit-headers': told, 'wait-headers': waits }: LimitOptions): LimitWords {
  return {
    headers: states => Object.fromEntries(states.flatMap(state => LIMIT_HEADERS[told](state))),
    exceeded({ kind }, waitMs) {
      const seconds = Math.ceil(waitMs / 1_000);
      return errorReply({
        status: 429,
        code: '429',
        message: `Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded ${kind === 'requests' ? 'call' : 'token'} rate limit of your current OpenAI S0 pricing tier. Please retry after ${seconds} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`,
        headers: WAIT_HEADERS[waits]({ kind, seconds, waitMs }),
      });
    },
  };
}

const LIMIT_HEADERS: Readonly<Record<LimitOptions['limit-headers'], (state: LimitState) => readonly [string, string][]>> = {
  usual: ({ kind, limit, remaining }) => [
    [`x-ratelimit-limit-${kind}`, String(limit)],
    [`x-ratelimit-remaining-${kind}`, String(remaining)],
  ],
  unknown: ({ kind }) => [
    [`x-ratelimit-limit-${kind}`, '-1'],
    [`x-ratelimit-remaining-${kind}`, '-1'],
    [`x-ratelimit-reset-${kind}`, '0'],
  ],
  none: () => [],
};

interface Wait {
  readonly kind: string;
  /** Whole, rounded up. */
  readonly seconds: number;
  readonly waitMs: number;
}

const WAIT_HEADERS: Readonly<Record<LimitOptions['wait-headers'], (wait: Wait) => Readonly<Record<string, string>>>> = {
  both: ({ seconds, waitMs }) => ({ 'retry-after': String(seconds), 'retry-after-ms': String(waitMs) }),
  seconds: ({ seconds }) => ({ 'retry-after': String(seconds) }),
  reset: ({ kind, seconds }) => ({ [`x-rate-limit-reset-${kind}`]: String(seconds) }),
  none: () => ({}),
};
