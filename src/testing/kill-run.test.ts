import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killRun } from './kill-run.test.fixture.js';

test(
  'a job that is killed again and again writes what an undisturbed one does, and pays for no journaled answer twice',
  { timeout: 240_000 },
  async context => {
    const inFlight = 25;
    const report = await killRun({ rows: 1_000, kills: 6, inFlight, latencyMs: 100, random: Math.random });
    const { kills, calls, repeated, journaled } = report;
    context.diagnostic(`${kills} kills, ${calls} calls, ${repeated} repeated, ${journaled} answers journaled`);
    assert.equal(report.output, report.undisturbed);
    assert.ok(kills >= 4, `${kills} kills`);
    assert.ok(journaled > 0);
    assert.deepEqual(report.paidTwice, []);
    assert.ok(repeated <= kills * inFlight, `${repeated} calls were repeated`);
    assert.equal(report.left, 0);
  },
);
