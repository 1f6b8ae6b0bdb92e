import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';

function setUp() {
  const clock = createFakeClock();
  const changes: string[] = [];
  const breaker = new CircuitBreaker({ clock, onChange: state => void changes.push(state) });
  const record = (...calls: ('good' | 'bad')[]): void => calls.forEach(call => breaker.record(call === 'good'));
  return { clock, changes, breaker, record };
}

test('three bad calls in a row open it, with a good one between them they do not', () => {
  const { changes, breaker, record } = setUp();
  record('bad', 'bad', 'good', 'bad', 'bad');
  assert.equal(breaker.isOpen, false);
  record('bad');
  assert.deepEqual([breaker.isOpen, changes], [true, ['open']]);
});

test('after a minute calls of several rows are tried again, and a good one closes it', async () => {
  const { clock, changes, breaker, record } = setUp();
  record('bad', 'bad', 'bad');
  await clock.advance(59_999);
  assert.equal(breaker.isOpen, true);
  await clock.advance(1);
  assert.equal(breaker.isOpen, false);
  record('good');
  assert.deepEqual([breaker.isOpen, changes], [false, ['open', 'closed']]);
  record('bad', 'bad');
  assert.equal(breaker.isOpen, false, 'three again');
});

test('after the minute one bad call is enough for another minute', async () => {
  const { clock, changes, breaker, record } = setUp();
  record('bad', 'bad', 'bad');
  await clock.advance(60_000);
  record('bad');
  assert.equal(breaker.isOpen, true);
  await clock.advance(59_999);
  assert.equal(breaker.isOpen, true);
  await clock.advance(1);
  assert.deepEqual([breaker.isOpen, changes], [false, ['open']]);
});
