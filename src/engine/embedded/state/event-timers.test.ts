import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { EventTimers } from './event-timers.js';

test('a time fires once, when the watermark reaches it', () => {
  const timers = new EventTimers();
  timers.register(5);
  timers.register(5);
  const fired: number[] = [];
  timers.advance(4, time => fired.push(time));
  timers.advance(5, time => fired.push(time));
  timers.advance(Infinity, time => fired.push(time));
  assert.deepEqual(fired, [5]);
});

test('a time that has fired can be registered again, also while it fires', () => {
  const timers = new EventTimers();
  timers.register(1);
  const fired: number[] = [];
  timers.advance(3, time => {
    fired.push(time);
    if (time < 5) timers.register(time + 1);
  });
  assert.deepEqual(fired, [1, 2, 3]);
  assert.deepEqual(timers.snapshot(), [4]);
});

const STEP = fc.oneof(
  fc.record({ register: fc.integer({ min: -50, max: 50 }) }),
  fc.record({ advance: fc.integer({ min: -50, max: 50 }) }),
  fc.constant('restore' as const),
);

test('property: they fire as from a sorted list without repeats, through restores', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 80 }), steps => {
      let timers = new EventTimers();
      let model = new Set<number>();
      for (const step of steps) {
        if (step === 'restore') {
          const restored = new EventTimers();
          restored.restore(structuredClone(timers.snapshot()));
          timers = restored;
        } else if ('register' in step) {
          timers.register(step.register);
          model.add(step.register);
        } else {
          const fired: number[] = [];
          timers.advance(step.advance, time => fired.push(time));
          const due = [...model].filter(time => time <= step.advance).toSorted((a, b) => a - b);
          assert.deepEqual(fired, due);
          model = new Set([...model].filter(time => time > step.advance));
        }
        assert.deepEqual(
          [...timers.snapshot()].toSorted((a, b) => a - b),
          [...model].toSorted((a, b) => a - b),
        );
      }
    }),
  );
});
