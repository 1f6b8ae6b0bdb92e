import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './reply.js';
import type { PreparedAnswer, SimulatedProtocol } from './simulated-protocol.js';

/** A reply, or what becomes of the connection: reset before it, or closed in the middle of its body. */
export interface Delivery {
  readonly reply: Reply;
  readonly connection: 'kept' | 'reset' | 'half-closed';
  /** Whether the reply is the answer, whole. */
  readonly isAnswer?: boolean;
}

export interface Struck {
  /** Absent for none; faults that nobody knows here are the service's own, and its answer shows them. */
  readonly fault: string | undefined;
  readonly answer: PreparedAnswer;
  /** Of the limits. */
  readonly headers: Readonly<Record<string, string>>;
  readonly request: { readonly headers: IncomingHttpHeaders };
  readonly protocol: SimulatedProtocol;
}

const PROXY_PAGE = '<html><head><title>Please wait</title></head><body>Your request is being processed.</body></html>';

/** What is sent in place of an answer that a fault strikes. */
export function struckReply({ fault, answer, headers, request, protocol }: Struck): Delivery {
  const { body } = answer;
  const reply: Reply = { status: 200, headers: { ...headers, ...answer.headers }, body };
  const kept = (changed: Partial<Reply>): Delivery => ({ reply: { ...reply, ...changed }, connection: 'kept' });
  const failed = ({ headers: own, ...rest }: Reply): Delivery => kept({ ...rest, headers: { ...headers, ...own } });
  const [, status] = /^error-(\d{3})$/.exec(fault ?? '') ?? [];
  if (status !== undefined) return failed(protocol.error(Number(status)));
  switch (fault) {
    case 'reset':
    case 'half-closed':
      return { reply, connection: fault };
    case 'truncated':
      return kept({ body: body.slice(0, body.length / 2) });
    case 'empty':
      return kept({ body: '' });
    case 'error-body':
      return kept({ headers, body: protocol.error(500).body });
    case 'html':
      return kept({ headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: PROXY_PAGE });
    case 'unknown':
      return kept({ headers: { ...headers, 'content-type': 'application/json' }, body: '{"message_of":"somebody else"}' });
    case 'leak': {
      const credentials = credentialsOf(request.headers);
      return failed({ ...protocol.error(401, `no access with ${credentials}`), headers: { 'x-ratelimit-key': credentials } });
    }
    default:
      return { reply, connection: 'kept', isAnswer: true };
  }
}

function credentialsOf({
  authorization,
  'api-key': key,
  'x-api-key': otherKey,
  'x-amz-security-token': token,
}: IncomingHttpHeaders): string {
  return [authorization?.replace(/^Bearer /i, ''), key, otherKey, token].filter(credential => credential !== undefined).join(', ');
}
