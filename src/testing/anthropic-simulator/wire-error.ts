import { Refusal, type Reply } from '../simulator/reply.js';

/** An error as Anthropic writes it, without its request id. https://platform.claude.com/docs/en/api/errors */
export interface WireError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** Machine-readable words beside the type. */
  readonly details?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that carries an error. */
export function errorReply({ status, type, message, details, headers = {} }: WireError): Reply {
  return { status, headers, body: JSON.stringify({ type: 'error', error: { type, message, ...(details && { details }) } }) };
}

/** A request that is answered with an error. */
export function refusal(error: WireError): Refusal {
  return new Refusal(errorReply(error));
}

/** 400 that blames a member of the body, by its path with dots, or the request as a whole. */
export function invalidRequest(message: string): Refusal {
  return refusal({ status: 400, type: 'invalid_request_error', message });
}

const STATUS_ERRORS: Readonly<Record<number, Omit<WireError, 'status'>>> = {
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  402: { type: 'billing_error', message: 'There is a problem with the billing of your organization.' },
  403: { type: 'permission_error', message: 'Your API key does not have permission to use the specified resource.' },
  404: { type: 'not_found_error', message: 'Not found' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  429: {
    type: 'rate_limit_error',
    message: 'Your usage rises faster than your organization is allowed to; increase it more slowly.',
    headers: { 'retry-after': '1' },
  },
  504: { type: 'timeout_error', message: 'Request timed out' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

/** What Anthropic says with a status. */
export function errorOfStatus(status: number): WireError {
  const known = STATUS_ERRORS[status];
  if (known !== undefined) return { status, ...known };
  return status < 500
    ? { status, type: 'invalid_request_error', message: 'The request was refused.' }
    : { status, type: 'api_error', message: 'Internal server error' };
}
