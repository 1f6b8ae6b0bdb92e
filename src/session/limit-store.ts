import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import type { LimitOptions } from '../config/session-options.js';
import type { LimitStore } from '../spec/limit-store.js';
import type { Store } from '../spec/store.js';
import type { Extensions } from './extensions.js';

export interface LimitStoreInit {
  readonly options: LimitOptions;
  readonly extensions: Pick<Extensions, 'stores'>;
  readonly clock: Clock;
}

/**
 * Connects to the store that `limits.store` names; `undefined` where it is not set. The caller ends it.
 *
 * @throws {MillraceError} as `Store.openLimits`, and `INVALID_OPTION` for an address of no store.
 */
export async function openLimitStore({ options, extensions, clock }: LimitStoreInit): Promise<LimitStore | undefined> {
  const url = options['limits.store'];
  if (url === undefined) return undefined;
  const stores = await Promise.all(Object.values(extensions.stores).map(load => load()));
  const scheme = new URL(url.reveal()).protocol.slice(0, -1);
  const store = stores.find(({ schemes }) => schemes.includes(scheme));
  if (store === undefined) throw noStore(scheme, stores);
  return store.openLimits({ url, timeoutMs: options['limits.store.timeout'], clock });
}

/** The stores of a session: one connection for each address, however many models share it. */
export class LimitStores {
  readonly #init: Omit<LimitStoreInit, 'options'>;
  readonly #opened = new Map<string, Promise<LimitStore | undefined>>();

  constructor(init: Omit<LimitStoreInit, 'options'>) {
    this.#init = init;
  }

  /** As `openLimitStore`, at most once for the same options. Ended by `close`. */
  of(options: LimitOptions): Promise<LimitStore | undefined> {
    const key = JSON.stringify([options['limits.store']?.reveal(), options['limits.store.timeout']]);
    const found = this.#opened.get(key);
    if (found) return found;
    const opening = openLimitStore({ ...this.#init, options });
    this.#opened.set(key, opening);
    // The next job tries again.
    opening.catch(() => this.#opened.delete(key));
    return opening;
  }

  async close(): Promise<void> {
    const opened = await Promise.all([...this.#opened.values()].map(opening => opening.catch(() => undefined)));
    await Promise.all(opened.map(async store => store?.end()));
  }
}

function noStore(scheme: string, stores: readonly Store[]): MillraceError {
  const known = stores.flatMap(({ schemes }) => schemes.map(each => `${each}://`));
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "limits.store" of SET: there is no store for "${scheme}://"`,
    notes: [{ message: `there are ${known.join(', ')}` }],
  });
}
