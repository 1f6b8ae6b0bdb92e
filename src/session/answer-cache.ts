import type { Clock } from '../common/clock.js';
import type { AnswerStoreOptions } from '../config/session-options.js';
import type { AnswerCache } from '../spec/answer-cache.js';
import type { Extensions } from './extensions.js';
import { findStore } from './find-store.js';
import { OpenedOnce } from './opened-once.js';

export interface AnswerCacheInit {
  readonly options: AnswerStoreOptions;
  readonly extensions: Pick<Extensions, 'stores'>;
  readonly clock: Clock;
}

/**
 * Opens the store that `cache.store` names; `undefined` where it is not set. The caller closes it.
 *
 * @throws {MillraceError} as `Store.openAnswers`, and `INVALID_OPTION` for an address of no store.
 */
export async function openAnswerCache({ options, extensions, clock }: AnswerCacheInit): Promise<AnswerCache | undefined> {
  const url = options['cache.store'];
  if (url === undefined) return undefined;
  const store = await findStore({ option: 'cache.store', url, use: 'openAnswers', extensions });
  return store.openAnswers({ url, timeoutMs: options['cache.store.timeout'], maxBytes: options['cache.store.max-size'], clock });
}

/** The caches of a session: one for each address and its options, however many models share it. */
export class AnswerCaches {
  readonly #init: Omit<AnswerCacheInit, 'options'>;
  readonly #opened = new OpenedOnce<AnswerCache | undefined>(async cache => cache?.close());

  constructor(init: Omit<AnswerCacheInit, 'options'>) {
    this.#init = init;
  }

  /** As `openAnswerCache`, at most once for the same options. Closed by `close`. */
  of(options: AnswerStoreOptions): Promise<AnswerCache | undefined> {
    const { 'cache.store': url, 'cache.store.timeout': timeout, 'cache.store.max-size': size } = options;
    return this.#opened.of(JSON.stringify([url?.reveal(), timeout, size]), () => openAnswerCache({ ...this.#init, options }));
  }

  close(): Promise<void> {
    return this.#opened.close();
  }
}
