import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AlignedWindow } from '../../../planner/logical/window-spec.js';
import { assignWindows, windowsPerRow } from './assign-windows.js';

const SECOND = 1_000_000;

/** `row: start–end`, in seconds. */
function assigned(window: AlignedWindow, ...seconds: readonly number[]): string[] {
  const times = Float64Array.from(seconds, each => each * SECOND);
  const { count, rows, starts, ends } = assignWindows(times, times.length, window);
  return Array.from({ length: count }, (_, i) => `${rows?.[i] ?? i}: ${starts[i]! / SECOND}–${ends[i]! / SECOND}`);
}

test('a window holds its start and not its end', () => {
  const tumble = { kind: 'tumble', sizeMicros: 10 * SECOND, offsetMicros: 0 } as const;
  assert.deepEqual(assigned(tumble, 0, 9.999, 10, -0.001), ['0: 0–10', '1: 0–10', '2: 10–20', '3: -10–0']);
  const hop = { kind: 'hop', slideMicros: 5 * SECOND, sizeMicros: 10 * SECOND, offsetMicros: 0 } as const;
  assert.deepEqual(assigned(hop, 5, 4.999), ['0: 0–10', '0: 5–15', '1: -5–5', '1: 0–10']);
});

test('a slide that does not divide the size gives rows one window more or less', () => {
  const hop = { kind: 'hop', slideMicros: 4 * SECOND, sizeMicros: 10 * SECOND, offsetMicros: SECOND } as const;
  assert.deepEqual(assigned(hop, 1, 3), ['0: -7–3', '0: -3–7', '0: 1–11', '1: -3–7', '1: 1–11']);
});

test('a slide longer than the size leaves rows out', () => {
  const hop = { kind: 'hop', slideMicros: 10 * SECOND, sizeMicros: 3 * SECOND, offsetMicros: 0 } as const;
  assert.deepEqual(assigned(hop, 2.999, 3, 9.999, 10), ['0: 0–3', '3: 10–13']);
});

test('cumulating windows share their start', () => {
  const cumulate = { kind: 'cumulate', stepMicros: 10 * SECOND, sizeMicros: 30 * SECOND, offsetMicros: 5 * SECOND } as const;
  assert.deepEqual(assigned(cumulate, 5, 15, 34.999), ['0: 5–15', '0: 5–25', '0: 5–35', '1: 5–25', '1: 5–35', '2: 5–35']);
});

const MILLIS = fc.integer({ min: 1, max: 50 }).map(each => each * 1_000);
const OFFSET = fc.integer({ min: -100, max: 100 }).map(each => each * 1_000);
const WINDOW: fc.Arbitrary<AlignedWindow> = fc.oneof(
  fc.record({ kind: fc.constant('tumble' as const), sizeMicros: MILLIS, offsetMicros: OFFSET }),
  fc.record({ kind: fc.constant('hop' as const), slideMicros: MILLIS, sizeMicros: MILLIS, offsetMicros: OFFSET }),
  fc
    .record({ kind: fc.constant('cumulate' as const), stepMicros: MILLIS, offsetMicros: OFFSET, steps: fc.integer({ min: 1, max: 9 }) })
    .map(({ steps, ...window }) => ({ ...window, sizeMicros: steps * window.stepMicros })),
);

/** All windows near 0, by their definition. */
function windowsNearZero(window: AlignedWindow): [number, number][] {
  const period = window.kind === 'hop' ? window.slideMicros : window.sizeMicros;
  const step = window.kind === 'cumulate' ? window.stepMicros : window.sizeMicros;
  const found: [number, number][] = [];
  for (let i = -800; i <= 800; i++) {
    const start = i * period + window.offsetMicros;
    for (let end = start + step; end <= start + window.sizeMicros; end += step) found.push([start, end]);
  }
  return found;
}

test('property: a row is in every window that holds its time, and in no other', () => {
  fc.assert(
    fc.property(WINDOW, fc.array(fc.integer({ min: -200_000, max: 200_000 }), { maxLength: 8 }), (window, times) => {
      const all = windowsNearZero(window);
      const expected = times.flatMap((time, row) => all.filter(([start, end]) => start <= time && time < end).map(each => [row, ...each]));
      const { count, rows, starts, ends } = assignWindows(Float64Array.from(times), times.length, window);
      const actual = Array.from({ length: count }, (_, i) => [rows?.[i] ?? i, starts[i]!, ends[i]!]);
      assert.deepEqual(actual, expected);
      for (const row of times.keys()) assert.ok(actual.filter(([each]) => each === row).length <= windowsPerRow(window));
    }),
  );
});

test('property: a window holds its time also far from the epoch', () => {
  const times = fc.maxSafeInteger().map(time => Math.trunc(time / 1_000));
  fc.assert(
    fc.property(times, MILLIS, OFFSET, (time, sizeMicros, offsetMicros) => {
      const { starts } = assignWindows(Float64Array.of(time), 1, { kind: 'tumble', sizeMicros, offsetMicros });
      assert.ok(starts[0]! <= time && time < starts[0]! + sizeMicros);
      assert.equal(Math.abs((starts[0]! - offsetMicros) % sizeMicros), 0);
    }),
  );
});
