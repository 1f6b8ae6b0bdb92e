import type { ErrorCode } from '../../common/error-codes.js';
import type { Note } from '../../common/error.js';
import type { FailureReader } from '../../kit/service-error.js';
import type { HttpResponse } from '../../spec/provider.js';

/**
 * What Bedrock's exceptions mean where their statuses do not tell.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
 */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ThrottlingException: 'RATE_LIMITED',
  TooManyRequestsException: 'RATE_LIMITED',
  // A model that is being loaded: waiting is what helps.
  ModelNotReadyException: 'RATE_LIMITED',
  ServiceQuotaExceededException: 'QUOTA_EXCEEDED',
  AccessDeniedException: 'UNAUTHORIZED',
  ExpiredTokenException: 'UNAUTHORIZED',
  IncompleteSignatureException: 'UNAUTHORIZED',
  InvalidSignatureException: 'UNAUTHORIZED',
  MissingAuthenticationTokenException: 'UNAUTHORIZED',
  UnrecognizedClientException: 'UNAUTHORIZED',
  ResourceNotFoundException: 'REFUSED',
  ValidationException: 'REFUSED',
  ModelErrorException: 'SERVICE_ERROR',
  ModelStreamErrorException: 'SERVICE_ERROR',
  ModelTimeoutException: 'SERVICE_ERROR',
  InternalServerException: 'SERVICE_ERROR',
  ServiceUnavailableException: 'SERVICE_ERROR',
};

/** Next steps; a function of the message where that tells more than the exception's name. */
const NOTES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'allow bedrock:InvokeModel for the model in the policy of these keys, and check that the account has access to it',
  ExpiredTokenException: 'the keys have expired: get new ones, or leave them out so that they are found and renewed',
  UnrecognizedClientException: 'AWS does not know the access key, or the session token does not belong to it',
  InvalidSignatureException: 'check "secret-access-key", and that "region" is the region of the endpoint',
  ResourceNotFoundException: 'check "model" and "region": not every region has every model',
};

/** Reads the exception of an answer, in its header or body, into a code and a next step. */
export const readFailure: FailureReader = (response, nowMs) => {
  const name = exceptionOf(response);
  if (name === undefined) return {};
  const isDaily = name === 'ThrottlingException' && /per day/i.test(response.body);
  const note = clockNote(response, nowMs) ?? (Object.hasOwn(NOTES, name) ? NOTES[name] : undefined);
  const notes: Note[] = note === undefined ? [] : [{ message: note }];
  // Waiting does not help against a quota of a day.
  return { code: isDaily ? 'QUOTA_EXCEEDED' : Object.hasOwn(CODES, name) ? CODES[name] : undefined, notes };
};

/** `ThrottlingException` out of `x-amzn-errortype: ThrottlingException:http://…`, or out of `"__type": "com.amazon…#ThrottlingException"`. */
function exceptionOf({ headers, body }: HttpResponse): string | undefined {
  const written = headers['x-amzn-errortype'] ?? /"__type"\s*:\s*"([^"]+)"/.exec(body)?.[1];
  return written?.split(':')[0]!.split('#').at(-1);
}

/** AWS refuses signatures whose time is off by more than five minutes, and says so in words only. */
function clockNote({ headers, body }: HttpResponse, nowMs: number): string | undefined {
  if (!/signature expired|signature not yet current/i.test(body)) return undefined;
  const skew = Math.round((nowMs - Date.parse(headers['date'] ?? '')) / 1_000);
  const difference = Number.isNaN(skew)
    ? 'differs from that of AWS'
    : `is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} that of AWS`;
  return `the clock of this machine ${difference}: set it, for example by NTP`;
}
