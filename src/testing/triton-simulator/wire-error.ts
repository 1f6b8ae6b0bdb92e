import { Refusal, type Reply } from '../simulator/reply.js';

/** An error as Triton writes it. */
export function errorReply(status: number, message: string): Reply {
  return { status, headers: {}, body: JSON.stringify({ error: message }) };
}

/** 400: what Triton calls an invalid argument. */
export function invalidArgument(message: string): Refusal {
  return new Refusal(errorReply(400, message));
}

export function notFound(message: string): Refusal {
  return new Refusal(errorReply(404, message));
}

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'invalid argument',
  401: 'Unauthorized',
  403: 'This API is restricted, expecting header',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'internal error',
  503: 'Exceeds maximum queue size',
};

/** What Triton, or a proxy in front of it, says with a status. */
export function errorOfStatus(status: number): Reply {
  return errorReply(status, MESSAGES[status] ?? (status < 500 ? 'Bad Request' : 'Server Error'));
}
