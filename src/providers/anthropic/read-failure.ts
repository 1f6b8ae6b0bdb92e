import type { FailureReading } from '../../kit/service-error.js';
import type { HttpResponse } from '../../spec/provider.js';

/** Says that an account is empty or has reached its limit of spending: the status is 400 or 429, and its type that of other mistakes. */
const OUT_OF_MONEY = /credit balance is too low|reached your specified .*usage limits|usage credits are required/i;
const SPEND_LIMIT = 'enforced_spend_limit_reached';
/** Models that always think refuse to be told not to. */
const MUST_THINK = /thinking.*disabled|disabled.*thinking/i;

interface ErrorBody {
  readonly error?: { readonly message?: unknown; readonly details?: { readonly error_code?: unknown } | null } | null;
}

/** What the words of Anthropic's errors tell beyond their status. */
export function readAnthropicFailure({ status, body }: HttpResponse): FailureReading {
  if (status !== 400 && status !== 429) return {};
  const { error } = parse(body);
  const message = typeof error?.message === 'string' ? error.message : '';
  if (OUT_OF_MONEY.test(message) || error?.details?.error_code === SPEND_LIMIT) return { code: 'QUOTA_EXCEEDED' };
  if (status === 400 && MUST_THINK.test(message))
    return { notes: [{ message: `set 'thinking' = 'adaptive', and 'max-tokens' with room for thoughts` }] };
  return {};
}

function parse(body: string): ErrorBody {
  try {
    return (JSON.parse(body) ?? {}) as ErrorBody;
  } catch {
    return {};
  }
}
