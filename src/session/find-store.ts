import { MillraceError } from '../common/error.js';
import type { Secret } from '../spec/option.js';
import type { Store } from '../spec/store.js';
import type { Extensions } from './extensions.js';

export interface StoreSearch<Use extends 'openLimits' | 'openAnswers'> {
  /** Key of the option with the address, for messages. */
  readonly option: string;
  readonly url: Secret;
  /** What the store must be able to do. */
  readonly use: Use;
  readonly extensions: Pick<Extensions, 'stores'>;
}

/**
 * The store that an address names by its scheme.
 *
 * @throws {MillraceError} `INVALID_OPTION` where there is none for this use.
 */
export async function findStore<Use extends 'openLimits' | 'openAnswers'>({
  option,
  url,
  use,
  extensions,
}: StoreSearch<Use>): Promise<Store & Required<Pick<Store, Use>>> {
  const all = await Promise.all(Object.values(extensions.stores).map(load => load()));
  const able = all.filter((store): store is Store & Required<Pick<Store, Use>> => store[use] !== undefined);
  const scheme = new URL(url.reveal()).protocol.slice(0, -1);
  const store = able.find(({ schemes }) => schemes.includes(scheme));
  if (store) return store;
  const known = able.flatMap(({ schemes }) => schemes.map(each => `${each}://`));
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "${option}" of SET: there is no store for "${scheme}://"`,
    notes: [{ message: `there are ${known.join(', ')}` }],
  });
}
