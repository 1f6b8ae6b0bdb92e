import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTimestamp, parseTimestamp } from './temporal.js';
import { createZone, fromLocal, lastFromLocal, toLocal, UTC } from './zone.js';

const HOUR = 3_600_000_000;
const newYork = createZone('America/New_York')!;

function local(utc: string, zone = newYork): string {
  return formatTimestamp(toLocal(parseTimestamp(utc)!, zone), 0);
}

function utc(wall: string, zone = newYork): string {
  return formatTimestamp(fromLocal(parseTimestamp(wall)!, zone), 0);
}

test('a zone shows its summer and winter time, to the second of the change', () => {
  assert.equal(local('2026-01-15 12:00:00'), '2026-01-15 07:00:00');
  assert.equal(local('2026-07-15 12:00:00'), '2026-07-15 08:00:00');
  assert.equal(local('2026-03-08 06:59:59'), '2026-03-08 01:59:59');
  assert.equal(local('2026-03-08 07:00:00'), '2026-03-08 03:00:00');
  assert.equal(local('2026-11-01 05:59:59'), '2026-11-01 01:59:59');
  assert.equal(local('2026-11-01 06:00:00'), '2026-11-01 01:00:00');
});

test('a skipped wall clock moves forward, a repeated one is the first of the two', () => {
  assert.equal(utc('2026-03-08 02:30:00'), '2026-03-08 07:30:00');
  assert.equal(local(utc('2026-03-08 02:30:00')), '2026-03-08 03:30:00');
  assert.equal(utc('2026-11-01 01:30:00'), '2026-11-01 05:30:00');
  assert.equal(utc('2026-11-01 00:59:59'), '2026-11-01 04:59:59');
  assert.equal(utc('2026-11-01 02:00:00'), '2026-11-01 07:00:00');
});

test('the last instant of a wall clock is the second of a repeated one, and the change for a skipped one', () => {
  const last = (wall: string, zone = newYork): string => formatTimestamp(lastFromLocal(parseTimestamp(wall)!, zone), 0);
  assert.equal(last('2026-11-01 01:30:00'), '2026-11-01 06:30:00');
  assert.equal(last('2026-11-01 00:59:59'), '2026-11-01 04:59:59');
  assert.equal(last('2026-11-01 02:00:00'), '2026-11-01 07:00:00');
  assert.equal(last('2026-03-08 01:59:59'), '2026-03-08 06:59:59');
  assert.equal(last('2026-03-08 02:00:00'), '2026-03-08 07:00:00');
  assert.equal(last('2026-03-08 02:59:59'), '2026-03-08 07:00:00');
  assert.equal(last('2026-03-08 03:00:00'), '2026-03-08 07:00:00');
  assert.equal(last('2011-12-30 12:00:00', createZone('Pacific/Apia')), '2011-12-30 10:00:00');
  assert.equal(last('2026-07-01 12:00:00', createZone('GMT+2')), '2026-07-01 10:00:00');
});

test('property: the wall clock of the last instant is the time, or later where it is skipped, and never comes again', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1950, 0), max: Date.UTC(2040, 0) }), millis => {
      const wall = millis * 1_000;
      const last = lastFromLocal(wall, newYork);
      assert.ok(toLocal(last, newYork) >= wall);
      assert.ok(toLocal(last - 1, newYork) < wall);
      for (const later of [1, HOUR / 2, HOUR, 3 * HOUR]) assert.ok(toLocal(last + later, newYork) > wall);
    }),
  );
});

test('changes within an hour and zones west and east of UTC hold', () => {
  const lordHowe = createZone('Australia/Lord_Howe')!;
  assert.equal(local('2026-04-04 14:59:59', lordHowe), '2026-04-05 01:59:59');
  assert.equal(local('2026-04-04 15:00:00', lordHowe), '2026-04-05 01:30:00');
  const kathmandu = createZone('Asia/Kathmandu')!;
  assert.equal(local('2026-01-01 00:00:00', kathmandu), '2026-01-01 05:45:00');
  // Samoa left out 30 December 2011.
  const apia = createZone('Pacific/Apia')!;
  assert.equal(local('2011-12-30 09:59:59', apia), '2011-12-29 23:59:59');
  assert.equal(local('2011-12-30 10:00:00', apia), '2011-12-31 00:00:00');
});

test('an instant survives the way to the wall clock and back, but for the second of a repeated hour', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1950, 0), max: Date.UTC(2040, 0) }), millis => {
      const instant = millis * 1_000;
      const back = fromLocal(toLocal(instant, newYork), newYork);
      assert.ok(back === instant || back === instant - HOUR);
    }),
  );
});

test('UTC and fixed offsets need no table', () => {
  assert.equal(createZone('UTC')!.fixedOffset, 0);
  assert.equal(createZone('GMT+2')!.fixedOffset, 2 * HOUR);
  assert.equal(createZone('GMT-08:00')!.fixedOffset, -8 * HOUR);
  assert.equal(createZone('+05:30')!.fixedOffset, 5.5 * HOUR);
  assert.equal(toLocal(5, UTC), 5);
  assert.equal(fromLocal(0, createZone('-01:00')!), HOUR);
});

test('there is no zone for other names', () => {
  for (const name of ['', 'Mars/Olympus', 'GMT+19', 'Europe', '2']) assert.equal(createZone(name), undefined, name);
});
