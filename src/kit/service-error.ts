import type { ErrorCode } from '../common/error-codes.js';
import { MillraceError, type Note, type RetryHint } from '../common/error.js';
import type { Secret } from '../spec/option.js';
import type { HttpResponse } from '../spec/provider.js';
import { readRetryAfter } from './rate-limit-headers.js';

export interface FailedExchange {
  /** How messages call the service: the provider's name. */
  readonly service: string;
  readonly response: HttpResponse;
  /** Wall clock when the answer arrived, in milliseconds; dates in `retry-after` count from here. */
  readonly nowMs: number;
  /** Credentials of the request; should the service repeat one, it is masked. */
  readonly secrets: readonly Secret[];
  /** What the provider knows of its service besides what statuses say everywhere. */
  readonly read?: FailureReader | undefined;
}

/** Reads an answer that is no success in the words of one service. */
export type FailureReader = (response: HttpResponse, nowMs: number) => FailureReading;

export interface FailureReading {
  /** What the answer means; by status and body where absent. */
  readonly code?: ErrorCode | undefined;
  /** One line that says more than the body's own words, in their place. Credentials are masked in it. */
  readonly reason?: string | undefined;
  /** Milliseconds to wait before the next try; what the headers of all services say where absent. */
  readonly afterMs?: number | undefined;
  /** Next steps that its words call for. */
  readonly notes?: readonly Note[] | undefined;
}

/** Most characters of a service's own words in a message. */
const MAX_REASON = 300;

/** The statuses that say the same from every service; all others below 500 are `REFUSED`. */
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  402: 'QUOTA_EXCEEDED',
  403: 'UNAUTHORIZED',
  408: 'SERVICE_ERROR',
  409: 'SERVICE_ERROR',
  429: 'RATE_LIMITED',
};

/** A 429 with one of these words as its code or type is about money, not about speed: waiting does not help. */
const QUOTA_WORDS = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active', 'credit_balance_too_low']);

/** Codes after which the same call can succeed later. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['RATE_LIMITED', 'SERVICE_ERROR']);

/** Headers that tell about limits and identify the request; the error carries them. */
const KEPT_HEADER =
  /^(retry-after(-ms)?|x-ratelimit-.+|anthropic-ratelimit-.+|x-rate-limit-.+|x-request-id|request-id|apim-request-id|x-ms-region|x-amzn-requestid|x-amzn-errortype)$/;

/**
 * The error of an answer that is no success: its code by status and body, and a retry hint with the wait the service
 * asks for. The message has the service's own words, cut to 300 characters.
 */
export function serviceError({ service, response, nowMs, secrets, read }: FailedExchange): MillraceError {
  const { status, headers } = response;
  const { message, words } = readErrorBody(mask(response.body, secrets));
  const { code = errorCode(status, words), notes = [], ...reading } = read?.(response, nowMs) ?? {};
  const reason = reading.reason === undefined ? message : mask(reading.reason, secrets);
  const kept = Object.entries(headers).flatMap(([name, value]) => (KEPT_HEADER.test(name) ? [[name, mask(value, secrets)] as const] : []));
  return new MillraceError({
    code,
    message: `${service} answered ${status}${reason === '' ? '' : `: ${reason}`}`,
    retry: PASSING.has(code) ? retryHint(reading.afterMs ?? readRetryAfter(headers, nowMs)) : 'never',
    notes,
    context: { httpStatus: status, ...(kept.length > 0 && { headers: Object.fromEntries(kept) }) },
  });
}

function errorCode(status: number, words: readonly string[]): ErrorCode {
  if (status === 429 && words.some(word => QUOTA_WORDS.has(word))) return 'QUOTA_EXCEEDED';
  return STATUS_CODES[status] ?? (status < 500 ? 'REFUSED' : 'SERVICE_ERROR');
}

function retryHint(afterMs: number | undefined): RetryHint {
  return afterMs === undefined ? 'backoff' : { afterMs };
}

interface ErrorBody {
  /** The service's own words on one line; empty when it said nothing. */
  readonly message: string;
  /** Machine-readable words: code and type. */
  readonly words: readonly string[];
}

/** Reads `{"error": {"message", "code", "type"}}`, `{"error": "…"}`, `{"message"}`, `{"Message"}` and `{"detail"}`; any other text is its own message. */
function readErrorBody(body: string): ErrorBody {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { message: onOneLine(body), words: [] };
  }
  const root = isRecord(parsed) ? parsed : {};
  const error = isRecord(root['error']) ? root['error'] : root;
  const text = [error['message'], root['error'], root['message'], root['Message'], root['detail']].find(
    candidate => typeof candidate === 'string',
  );
  const words = [error['code'], error['type']].filter(word => typeof word === 'string');
  return { message: onOneLine(text ?? body), words };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function onOneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line;
}

/** Before any cutting, so that no half of a key is left. */
function mask(text: string, secrets: readonly Secret[]): string {
  return secrets.reduce((masked, secret) => (secret.reveal() === '' ? masked : masked.replaceAll(secret.reveal(), '******')), text);
}
