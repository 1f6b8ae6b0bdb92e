import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import type { LimitStore } from '../spec/limit-store.js';
import { Secret } from '../spec/option.js';
import { defineStore, type StoreContext } from '../spec/store.js';
import { LimitStores, openLimitStore } from './limit-store.js';

/** A kind of store that only counts its connections; `failures` of the first ones do not come about. */
function shelf({ failures = 0 } = {}) {
  const opened: StoreContext[] = [];
  let ended = 0;
  const store = defineStore({
    name: 'shelf',
    schemes: ['shelf', 'shelves'],
    openLimits(context) {
      opened.push(context);
      if (opened.length <= failures) return Promise.reject(new MillraceError({ code: 'UNREACHABLE', message: 'down', retry: 'backoff' }));
      const limits: LimitStore = {
        take: () => Promise.resolve(0),
        correct: () => Promise.resolve(),
        close: () => Promise.resolve(),
        end: () => Promise.resolve(void ended++),
      };
      return Promise.resolve(limits);
    },
  });
  return { extensions: { stores: { shelf: () => Promise.resolve(store) } }, clock: systemClock, opened, ended: () => ended };
}

const at = (url: string, timeout = 2_000) => ({ 'limits.store': new Secret(url), 'limits.store.timeout': timeout });

test('without the option there is no store', async () => {
  const { opened, ...init } = shelf();
  assert.equal(await openLimitStore({ ...init, options: { 'limits.store': undefined, 'limits.store.timeout': 2_000 } }), undefined);
  assert.equal(opened.length, 0);
});

test('the scheme of the address names the store, which gets the whole address', async () => {
  const { opened, ...init } = shelf();
  assert.ok(await openLimitStore({ ...init, options: at('shelves://:secret@host/3', 500) }));
  assert.deepEqual([opened[0]!.url.reveal(), opened[0]!.timeoutMs], ['shelves://:secret@host/3', 500]);
});

test('an address of no store is refused with what there is, and without its password', async () => {
  const { opened: _, ...init } = shelf();
  await assert.rejects(openLimitStore({ ...init, options: at('memcached://:hunter2@host') }), (error: unknown) => {
    assert.ok(MillraceError.is(error));
    assert.equal(error.code, 'INVALID_OPTION');
    assert.equal(error.message, 'option "limits.store" of SET: there is no store for "memcached://"');
    assert.deepEqual(error.notes, [{ message: 'there are shelf://, shelves://' }]);
    return true;
  });
});

test('models with the same address share a connection, which ends with the session', async () => {
  const { opened, ended, ...init } = shelf();
  const stores = new LimitStores(init);
  const [one, two, other] = await Promise.all([stores.of(at('shelf://a')), stores.of(at('shelf://a')), stores.of(at('shelf://b'))]);
  assert.equal(one, two);
  assert.notEqual(one, other);
  assert.equal(opened.length, 2);
  await stores.close();
  assert.equal(ended(), 2);
});

test('a store that was not there is asked again by the next job', async () => {
  const { opened, ended, ...init } = shelf({ failures: 1 });
  const stores = new LimitStores(init);
  await assert.rejects(stores.of(at('shelf://a')), { code: 'UNREACHABLE' });
  assert.ok(await stores.of(at('shelf://a')));
  assert.equal(opened.length, 2);
  await stores.close();
  assert.equal(ended(), 1);
});
