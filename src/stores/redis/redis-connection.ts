import type { Redis } from 'ioredis';
import type { Clock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import type { RedisAddress } from './redis-address.js';
import { refusedByRedis, unreachable } from './redis-failure.js';

export interface RedisConnectionInit {
  readonly address: RedisAddress;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

type Client = typeof Redis;

/**
 * One connection, opened again by the first step after it was lost. A step is tried once and takes at most `timeoutMs`, with
 * as much for the connection where there is none.
 */
export class RedisConnection {
  readonly #init: RedisConnectionInit;
  readonly #Client: Client;
  /** Absent where the last connection was lost. */
  #connected: Promise<Redis> | undefined;
  #latest: Redis | undefined;
  #isEnded = false;

  /** @throws {MillraceError} as `Store.openLimits`. */
  static async open(init: RedisConnectionInit): Promise<RedisConnection> {
    const connection = new RedisConnection(init, await loadClient());
    await connection.#client();
    return connection;
  }

  private constructor(init: RedisConnectionInit, client: Client) {
    this.#init = init;
    this.#Client = client;
  }

  /**
   * Runs a script on `key` by its hash, and gives its text to a server that does not have it.
   *
   * @throws {MillraceError}
   */
  async run(script: RedisScript, key: string, args: readonly string[]): Promise<unknown> {
    return this.#step('the script', client => run(client, script, key, args));
  }

  /** The bytes at a key, `undefined` where there are none. @throws {MillraceError} */
  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#step('GET', client => client.getBuffer(key))) ?? undefined;
  }

  /** Keeps bytes for so many milliseconds, a whole number above 0. @throws {MillraceError} */
  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    await this.#step('SET', client => client.set(key, Buffer.from(value), 'PX', ttlMs));
  }

  async #step<T>(what: string, work: (client: Redis) => Promise<T>): Promise<T> {
    const client = await this.#client();
    try {
      return await this.#withinTime(client, what, work(client));
    } catch (error) {
      throw this.#failure(client, error);
    }
  }

  /** Ends the connection; steps under way fail. */
  async end(): Promise<void> {
    this.#isEnded = true;
    const client = await this.#connected?.catch(() => undefined);
    if (client !== undefined) this.#drop(client);
  }

  #client(): Promise<Redis> {
    if (this.#isEnded) return Promise.reject(unreachable(this.#init.address, 'the connection was ended'));
    return (this.#connected ??= this.#connect());
  }

  async #connect(): Promise<Redis> {
    const { address, timeoutMs } = this.#init;
    const client = new this.#Client({
      host: address.host,
      port: address.port,
      ...(address.tls && { tls: {} }),
      lazyConnect: true,
      connectTimeout: timeoutMs,
      protocol: 2,
      // Who calls decides about another attempt; a step that was sent twice could take twice.
      retryStrategy: null,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      disconnectTimeout: timeoutMs,
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    this.#latest = client;
    client.once('close', () => this.#forget(client));
    // The promises tell that the connection was closed; why is only told here.
    let reason: Error | undefined;
    client.on('error', (error: Error) => (reason = error));
    try {
      await this.#withinTime(client, 'the connection', this.#logIn(client));
      return client;
    } catch (error) {
      this.#drop(client);
      throw this.#failure(client, reason ?? error);
    }
  }

  /** The next step opens another connection. */
  #forget(client: Redis): void {
    if (this.#latest === client) this.#connected = undefined;
  }

  #drop(client: Redis): void {
    this.#forget(client);
    // One that has ended would start a timer for its end.
    if (client.status !== 'end') client.disconnect();
  }

  /** By commands of its own: the client would go on without a login where the server refuses it, and write to the console. */
  async #logIn(client: Redis): Promise<void> {
    const { username, password, database } = this.#init.address;
    await client.connect();
    if (password !== undefined) await client.call('AUTH', ...(username === undefined ? [] : [username]), password.reveal());
    if (database !== 0) await client.call('SELECT', database);
    await client.call('PING');
  }

  /** A server that is silent for too long loses the connection: a late reply could not be told from the next one's. */
  #withinTime<T>(client: Redis, what: string, work: Promise<T>): Promise<T> {
    const { timeoutMs, clock, address } = this.#init;
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimer(timeoutMs, () => {
        reject(unreachable(address, `${what} took longer than ${timeoutMs} ms`));
        this.#drop(client);
      });
      void work.then(resolve, reject).finally(cancel);
    });
  }

  #failure(client: Redis, error: unknown): MillraceError {
    if (MillraceError.is(error)) return error;
    const cause = error as NodeJS.ErrnoException;
    if (cause.name === 'ReplyError') return refusedByRedis(this.#init.address, cause);
    this.#drop(client);
    // Several addresses of one host fail together, without a message.
    return unreachable(this.#init.address, cause.message || String(cause.code), cause);
  }
}

/** A Lua script with one key. */
export interface RedisScript {
  readonly text: string;
  /** Hexadecimal SHA-1 of the text. */
  readonly sha: string;
}

async function run(client: Redis, { text, sha }: RedisScript, key: string, args: readonly string[]): Promise<unknown> {
  try {
    return await client.evalsha(sha, 1, key, ...args);
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return client.eval(text, 1, key, ...args);
  }
}

async function loadClient(): Promise<Client> {
  try {
    return (await import('ioredis')).Redis;
  } catch (cause) {
    throw new MillraceError({
      code: 'MISSING_PACKAGE',
      message: 'the optional package "ioredis" is not installed',
      notes: [{ message: 'install it: npm install ioredis' }],
      cause,
    });
  }
}
