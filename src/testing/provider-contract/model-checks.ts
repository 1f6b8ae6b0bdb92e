import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needed, predict, until } from './exchange.js';
import type { Contract } from './service-under-test.js';

/** A key that no service under test has seen. */
const OTHER_KEY = 'another-key-0123456789';

/** What a model says of itself, and how it takes what the runtime tells it. */
export function checkModel({ name, task, has, under }: Contract): void {
  test(`${name}: an abort reaches the service and rejects with its reason`, () =>
    under({ kind: 'slow' }, async service => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const call = predict(service, { signal: controller.signal });
      await until(() => service.inFlight() === 1);
      controller.abort(reason);
      await assert.rejects(call, thrown => thrown === reason);
      await until(() => service.inFlight() === 0);
    }));

  test(`${name}: a call that is aborted before it begins rejects with the reason`, () =>
    under({ kind: 'normal' }, async service => {
      const reason = new Error('too late');
      await assert.rejects(predict(service, { signal: AbortSignal.abort(reason) }), thrown => thrown === reason);
    }));

  if (has('quota')) {
    test(`${name}: models of one endpoint, key and model share a quota, which does not tell the key`, () =>
      under({ kind: 'normal' }, async service => {
        const reopen = needed(service.reopen, 'reopen', 'quota');
        const { quota } = service.model;
        assert.ok(quota !== undefined && quota !== '');
        assert.equal((await reopen({})).quota, quota);
        assert.notEqual((await reopen({ key: OTHER_KEY })).quota, quota);
        if (service.key !== undefined) {
          assert.ok(!quota.includes(service.key) && !quota.includes(Buffer.from(service.key).toString('base64url')));
        }
      }));
  }

  if (task === 'embedding') {
    test(`${name}: equal inputs have equal answers`, () =>
      under({ kind: 'normal' }, async service => {
        assert.equal(service.model.isRepeatable, true);
        const [first, second] = [await predict(service), await predict(service)];
        assert.deepEqual(first.outputs, second.outputs);
      }));
  }

  if (task === 'language-model' && has('temperature')) {
    test(`${name}: answers are repeatable at temperature 0 alone`, () =>
      under({ kind: 'normal' }, async service => {
        const reopen = needed(service.reopen, 'reopen', 'temperature');
        assert.equal((await reopen({ options: { temperature: '0' } })).isRepeatable, true);
        assert.notEqual((await reopen({ options: { temperature: '0.5' } })).isRepeatable, true);
      }));
  }

  if (task === 'language-model' && has('rejection')) {
    test(`${name}: the model is told why its last answer was rejected`, () =>
      under({ kind: 'normal' }, async service => {
        const rejection = 'the member zebra is missing';
        await predict(service);
        assert.ok(!needed(service.lastBody, 'lastBody', 'rejection')().includes(rejection));
        await predict(service, { rejection });
        assert.ok(service.lastBody?.().includes(rejection));
      }));
  }
}
