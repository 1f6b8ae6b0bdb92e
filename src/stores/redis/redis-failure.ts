import { MillraceError } from '../../common/error.js';
import type { RedisAddress } from './redis-address.js';

interface Kind {
  /** First word of Redis's error reply. */
  readonly words: readonly string[];
  readonly error: (shown: string, reply: string) => MillraceError;
}

/** Error replies by their first word (redis.io, "RESP protocol", simple errors). */
const REPLIES: readonly Kind[] = [
  {
    words: ['NOAUTH', 'WRONGPASS', 'NOPERM'],
    error: (shown, reply) =>
      new MillraceError({
        code: 'UNAUTHORIZED',
        message: `${shown} refused the credentials: ${reply}`,
        notes: [{ message: 'give user and password in the address: redis://user:password@host/0' }],
      }),
  },
  {
    words: ['LOADING', 'BUSY', 'MASTERDOWN', 'READONLY', 'TRYAGAIN', 'CLUSTERDOWN', 'NOREPLICAS', 'OOM', 'MISCONF'],
    error: (shown, reply) => new MillraceError({ code: 'UNREACHABLE', message: `${shown} is not ready: ${reply}`, retry: 'backoff' }),
  },
  {
    words: ['MOVED', 'ASK', 'CROSSSLOT'],
    error: shown =>
      new MillraceError({
        code: 'UNSUPPORTED',
        message: `${shown} is a node of a Redis cluster`,
        notes: [{ message: 'give the address of a Redis that is no cluster, or of a proxy in front of the cluster' }],
      }),
  },
];

/** What an error reply of Redis means. Text of the reply is shown without the password. */
export function refusedByRedis(address: RedisAddress, cause: Error): MillraceError {
  const reply = hidden(cause.message, address);
  const word = /^[A-Z]+/.exec(reply)?.[0] ?? '';
  // Servers before ACLs, and those without a password, say it in other words.
  const isPassword = /invalid password|called without any password/i.test(reply);
  const kind = REPLIES.find(({ words }) => words.includes(isPassword ? 'WRONGPASS' : word));
  return kind?.error(address.shown, reply) ?? new MillraceError({ code: 'SERVICE_ERROR', message: `${address.shown} failed: ${reply}` });
}

/** That Redis gave no reply. */
export function unreachable(address: RedisAddress, reason: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'UNREACHABLE',
    message: `no answer from ${address.shown}: ${hidden(reason, address)}`,
    retry: 'backoff',
    cause,
  });
}

function hidden(text: string, { password }: RedisAddress): string {
  return password === undefined ? text : text.replaceAll(password.reveal(), '******');
}
