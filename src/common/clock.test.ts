import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.js';

test('a sleep ends by itself, or with the reason of its signal', async () => {
  await systemClock.sleep(0);
  const controller = new AbortController();
  const slept = assert.rejects(systemClock.sleep(60_000, controller.signal), /enough/);
  controller.abort(new Error('enough'));
  await slept;
  await assert.rejects(systemClock.sleep(0, controller.signal), /enough/);
});

test('a timer calls once, and not after it was cancelled', async () => {
  const called: string[] = [];
  systemClock.setTimer(0, () => called.push('first'));
  const cancel = systemClock.setTimer(0, () => called.push('second'));
  cancel();
  await systemClock.sleep(1);
  assert.deepEqual(called, ['first']);
});

test('time goes on', () => {
  const [before, wall] = [systemClock.monotonic(), systemClock.now()];
  assert.ok(systemClock.monotonic() >= before);
  assert.ok(Number.isInteger(wall) && wall > Date.UTC(2025, 0, 1));
});
