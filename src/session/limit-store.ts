import type { Clock } from '../common/clock.js';
import type { LimitOptions } from '../config/session-options.js';
import type { LimitStore } from '../spec/limit-store.js';
import type { Extensions } from './extensions.js';
import { findStore } from './find-store.js';
import { OpenedOnce } from './opened-once.js';

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
  const store = await findStore({ option: 'limits.store', url, use: 'openLimits', extensions });
  return store.openLimits({ url, timeoutMs: options['limits.store.timeout'], clock });
}

/** The stores of a session: one connection for each address, however many models share it. */
export class LimitStores {
  readonly #init: Omit<LimitStoreInit, 'options'>;
  readonly #opened = new OpenedOnce<LimitStore | undefined>(async store => store?.end());

  constructor(init: Omit<LimitStoreInit, 'options'>) {
    this.#init = init;
  }

  /** As `openLimitStore`, at most once for the same options. Ended by `close`. */
  of(options: LimitOptions): Promise<LimitStore | undefined> {
    const key = JSON.stringify([options['limits.store']?.reveal(), options['limits.store.timeout']]);
    return this.#opened.of(key, () => openLimitStore({ ...this.#init, options }));
  }

  close(): Promise<void> {
    return this.#opened.close();
  }
}
