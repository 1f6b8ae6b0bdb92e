import { Refusal, type Reply } from '../simulator/reply.js';

/** An error as OpenAI writes it. https://platform.openai.com/docs/guides/error-codes */
export interface WireError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param?: string | null;
  readonly code?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that carries an error. */
export function errorReply({ status, message, type, param = null, code = null, headers = {} }: WireError): Reply {
  return { status, headers, body: JSON.stringify({ error: { message, type, param, code } }) };
}

/** A request that is answered with an error. */
export function refusal(error: WireError): Refusal {
  return new Refusal(errorReply(error));
}

/** 400 that blames a member of the body. */
export function invalidRequest(param: string | null, message: string): Refusal {
  return refusal({ status: 400, message, type: 'invalid_request_error', param });
}

const STATUS_ERRORS: Readonly<Record<number, Omit<WireError, 'status'>>> = {
  401: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' },
  403: { message: 'Country, region, or territory not supported', type: 'request_forbidden', code: 'unsupported_country_region_territory' },
  404: { message: 'The model does not exist or you do not have access to it.', type: 'invalid_request_error', code: 'model_not_found' },
  408: { message: 'Request timeout', type: 'request_timeout' },
  429: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded', headers: { 'retry-after': '1' } },
  503: {
    message: 'The engine is currently overloaded, please try again later',
    type: 'service_unavailable',
    headers: { 'retry-after': '1' },
  },
};

/** What OpenAI says with a status. */
export function errorOfStatus(status: number): WireError {
  const known = STATUS_ERRORS[status];
  if (known !== undefined) return { status, ...known };
  return status < 500
    ? { status, message: 'The request was refused.', type: 'invalid_request_error' }
    : { status, message: 'The server had an error while processing your request. Sorry about that!', type: 'server_error' };
}
