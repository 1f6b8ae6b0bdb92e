import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../common/deferred.js';
import { MillraceError } from '../common/error.js';
import type { LogFields, Logger } from '../common/logger.js';
import { Secret } from '../spec/option.js';
import { SecretMask } from '../config/secret-mask.js';
import type { JobStatus, OperatorMetrics } from '../engine/embedded/job.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { SessionTelemetry } from './session-telemetry.js';

function setUp() {
  const lines: [keyof Logger, string, LogFields | undefined][] = [];
  const at =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) =>
      void lines.push([level, message, fields]);
  const clock = createFakeClock();
  const mask = new SecretMask();
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { telemetry: new SessionTelemetry({ host: { clock, log }, mask, usage: () => new Map() }), lines, clock, mask };
}

function operator(id: string, rows: number): OperatorMetrics {
  const flow = { rowsIn: rows, rowsOut: rows, busyMs: 0, backpressuredMs: 0, watermark: -Infinity };
  return { id, name: id, counters: new Map([['rows_in', rows]]), flow };
}

function jobOf(...operators: OperatorMetrics[]) {
  const end = deferred<JobStatus>();
  return { name: 'nightly', settled: end.promise, metrics: () => operators, end };
}

test('a job from its start to its end: rows of sources and sinks, and the time', async () => {
  const { telemetry, lines, clock } = setUp();
  const job = jobOf(operator('source-1', 5), operator('source-2', 7), operator('predict-3', 12), operator('sink-4', 11));
  telemetry.follow(job);
  await clock.advance(2_500);
  job.end.resolve('finished');
  await clock.advance(0);
  assert.deepEqual(lines, [
    ['info', 'job starts', { job: 'nightly' }],
    ['info', 'job finished', { job: 'nightly', seconds: 2.5, rowsIn: 12, rowsOut: 11 }],
  ]);
});

test('a failure says where and why, a cancelled job only that', async () => {
  const { telemetry, lines, clock } = setUp();
  const [failing, cancelled] = [jobOf(), jobOf()];
  telemetry.follow(failing);
  telemetry.follow(cancelled);
  failing.end.reject(new MillraceError({ code: 'IO', message: 'the disk is full', context: { table: 'out', operator: 'Sink (sink-1)' } }));
  cancelled.end.reject(new MillraceError({ code: 'INTERRUPTED', message: 'the job was cancelled' }));
  await clock.advance(0);
  const [, , failed, ended] = lines;
  assert.equal(failed![1], 'job failed');
  const { code, reason, table, operator: place } = failed![2]!;
  assert.deepEqual([code, reason, table, place], ['IO', 'the disk is full', 'out', 'Sink (sink-1)']);
  assert.deepEqual([ended![1], ended![2]!['code']], ['job cancelled', undefined]);
});

test('checkpoints are for debugging, restores are not, and one that fails is an error', () => {
  const { telemetry, lines } = setUp();
  const observer = telemetry.jobObserver('nightly');
  observer.restored(7);
  observer.checkpointTaken({ id: 8, durationMs: 12.4, bytes: 2_048 });
  observer.checkpointFailed(9);
  assert.deepEqual(lines, [
    ['info', 'job goes on from its last checkpoint', { job: 'nightly', checkpoint: 7 }],
    ['debug', 'checkpoint taken', { job: 'nightly', checkpoint: 8, durationMs: 12, bytes: 2_048 }],
    ['error', 'checkpoint failed', { job: 'nightly', checkpoint: 9 }],
  ]);
});

test('secrets are masked in messages and fields', () => {
  const { telemetry, lines, mask } = setUp();
  mask.learn({ 'api-key': new Secret('sk-hidden-1') });
  telemetry.log.warn('refused sk-hidden-1', { reason: 'the key sk-hidden-1', waitMs: 3 });
  assert.deepEqual(lines, [['warn', 'refused ******', { reason: 'the key ******', waitMs: 3 }]]);
});

test('attempts and calls that fail are for debugging, with the reason and without rows', () => {
  const { telemetry, lines } = setUp();
  const model = { name: 'chat', provider: 'openai', operation: 'chat', version: 'gpt-4o-mini' } as const;
  const observer = telemetry.modelOpened(model, { 'max-retries': 2 });
  const failure = new MillraceError({ code: 'SERVICE_ERROR', message: 'openai answered 500', context: { httpStatus: 500 } });
  observer.attemptEnded({ rowCount: 3, durationMs: 20.4, failure });
  observer.attemptEnded({ rowCount: 3, durationMs: 20.4 });
  observer.callEnded({ rowCount: 3, totalMs: 90, failure });
  observer.callEnded({ rowCount: 3, totalMs: 90 });
  const fields = { model: 'chat', rows: 3, code: 'SERVICE_ERROR', status: 500, reason: 'openai answered 500' };
  assert.deepEqual(lines, [
    ['info', 'model opened', { model: 'chat', provider: 'openai', version: 'gpt-4o-mini', 'max-retries': 2 }],
    ['debug', 'attempt failed', { ...fields, durationMs: 20 }],
    ['debug', 'rows failed', fields],
  ]);
});
