import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bucket } from './bucket.js';

/** 600 a minute: one in 100 ms. */
function bucket({ capacity = 10, level }: { capacity?: number; level?: number } = {}): Bucket {
  return new Bucket({ perMinute: 600, capacity, level: level ?? capacity, nowMs: 0 });
}

test('it fills evenly, up to its capacity', () => {
  const half = bucket({ level: 5 });
  assert.equal(half.levelAt(0), 5);
  assert.equal(half.levelAt(100), 6);
  assert.equal(half.levelAt(500), 10);
  assert.equal(half.levelAt(60_000), 10);
});

test('it says how long to wait, and that nothing is to be waited for', () => {
  const empty = bucket({ level: 0 });
  assert.equal(empty.waitFor(3, 0), 300);
  assert.equal(empty.waitFor(3, 100), 200);
  assert.equal(empty.waitFor(3, 300), 0);
});

test('sums that are off by less than a millionth are no reason to wait', () => {
  const drained = bucket({ capacity: 1 });
  let nowMs = 0;
  for (let i = 0; i < 1_000; i++) {
    drained.take(1, nowMs);
    nowMs += 100;
    assert.equal(drained.waitFor(1, nowMs), 0);
  }
});

test('more than the capacity is taken from a full bucket, and is waited for afterwards', () => {
  const small = bucket();
  assert.equal(small.waitFor(40, 0), 0);
  small.take(40, 0);
  assert.equal(small.levelAt(0), -30);
  assert.equal(small.waitFor(1, 0), 3_100);
  assert.equal(small.waitFor(40, 0), 4_000, 'until it is full');
});

test('what is put back is there, and counts as not taken', () => {
  const full = bucket();
  full.take(4, 0);
  full.take(-3, 0);
  assert.deepEqual([full.levelAt(0), full.taken], [9, 1]);
});

test('another rate starts now, with what is in it', () => {
  const half = bucket({ level: 5 });
  half.resize({ perMinute: 6_000, capacity: 20 }, 100);
  assert.equal(half.levelAt(100), 6);
  assert.equal(half.levelAt(200), 16);
  half.resize({ perMinute: 60, capacity: 4 }, 200);
  assert.equal(half.levelAt(200), 4);
});

test('it follows what the service had left: what flowed in since is there, what was taken since is not', () => {
  const full = bucket({ capacity: 100 });
  full.take(1, 0);
  const takenThen = full.taken;
  full.take(5, 50);
  // Sent at 0 with 40 left, told at 200: 2 flowed in, 5 were taken.
  full.follow({ remaining: 40, takenThen, atMs: 0 }, 200, false);
  assert.equal(full.levelAt(200), 37);
});

test('following only down, a bucket that holds less stays as it is', () => {
  const low = bucket({ capacity: 100, level: 10 });
  low.follow({ remaining: 90, takenThen: 0, atMs: 0 }, 0, true);
  assert.equal(low.levelAt(0), 10);
  low.follow({ remaining: 3, takenThen: 0, atMs: 0 }, 0, true);
  assert.equal(low.levelAt(0), 3);
});
