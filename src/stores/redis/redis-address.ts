import { MillraceError } from '../../common/error.js';
import { Secret } from '../../spec/option.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  /** The address for messages: without user and password. */
  readonly shown: string;
}

const FORM = 'write redis://host:6379/0, redis://:password@host/0, redis://user:password@host/0, or rediss:// for TLS';

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database]`.
 *
 * @throws {MillraceError} `INVALID_OPTION`, which shows nothing of the user and password.
 */
export function parseRedisAddress(url: Secret): RedisAddress {
  const text = url.reveal();
  if (!URL.canParse(text)) throw invalid('is not an address');
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text);
  const database = /^\/?(\d{0,9})$/.exec(pathname)?.[1];
  if (hostname === '') throw invalid('names no host');
  if (database === undefined) throw invalid(`has "${pathname}" where the number of a database may be`);
  if (search !== '' || hash !== '') throw invalid('has something behind the number of the database');
  const number = port === '' ? 6_379 : Number(port);
  return {
    // The brackets of an IPv6 address belong to the URL.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: number,
    tls: protocol === 'rediss:',
    database: Number(database),
    username: username === '' ? undefined : decoded(username),
    password: password === '' ? undefined : new Secret(decoded(password)),
    shown: `${protocol}//${hostname}:${number}/${Number(database)}`,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('has a "%" in its user or password that stands for no character: write %25 for it');
  }
}

function invalid(what: string): MillraceError {
  return new MillraceError({ code: 'INVALID_OPTION', message: `the address of the Redis ${what}`, notes: [{ message: FORM }] });
}
