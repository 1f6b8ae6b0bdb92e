import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from './fake-clock.js';

test('timers and sleeps end in the order of their times, each before the next begins', async () => {
  const clock = createFakeClock(1_000);
  const seen: string[] = [];
  const note = (name: string): void => void seen.push(`${name} ${clock.monotonic()}`);
  clock.setTimer(30, () => note('c'));
  clock.setTimer(10, () => note('a'));
  const slept = clock.sleep(20).then(() => {
    note('b');
    return clock.sleep(5).then(() => note('after b'));
  });
  await clock.advance(30);
  await slept;
  assert.deepEqual(seen, ['a 10', 'b 20', 'after b 25', 'c 30']);
  assert.equal(clock.now(), 1_030);
});

test('nothing happens before its time, or after it was cancelled or aborted', async () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  const cancel = clock.setTimer(10, () => seen.push('cancelled'));
  clock.setTimer(11, () => seen.push('kept'));
  cancel();
  const controller = new AbortController();
  const slept = assert.rejects(clock.sleep(5, controller.signal), { message: 'enough' });
  controller.abort(new Error('enough'));
  await slept;
  await assert.rejects(clock.sleep(5, controller.signal), { message: 'enough' });
  await clock.advance(10);
  assert.deepEqual(seen, []);
  assert.equal(clock.pendingTimers, 1);
  await clock.advance(1);
  assert.deepEqual(seen, ['kept']);
});
