import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.js';
import { createLogger, type LoggerInit } from './logger.js';

function setUp(init: Pick<LoggerInit, 'level' | 'format'>) {
  const lines: string[] = [];
  const clock = createFakeClock(Date.UTC(2026, 2, 1, 9, 30, 1, 5));
  return { log: createLogger({ ...init, clock, output: { write: text => void lines.push(text) } }), lines };
}

test('JSON lines have level, time, message and fields', () => {
  const { log, lines } = setUp({ level: 'info', format: 'json' });
  log.debug('not shown', { model: 'chat' });
  log.warn('calls wait\nlong', { model: 'chat', waitMs: 300, ok: false, none: undefined });
  assert.deepEqual(
    lines.map(line => JSON.parse(line)),
    [{ level: 'warn', time: '2026-03-01T09:30:01.005Z', model: 'chat', waitMs: 300, ok: false, msg: 'calls wait\nlong' }],
  );
  assert.ok(lines[0]!.endsWith('\n'));
  log.error('no fields');
  assert.deepEqual(JSON.parse(lines[1]!), { level: 'error', time: '2026-03-01T09:30:01.005Z', msg: 'no fields' });
});

test('text lines are for people; values that are not one word are quoted', () => {
  const { log, lines } = setUp({ level: 'debug', format: 'text' });
  log.debug('request', { body: 'two words', path: '/a=b', n: 3, empty: '' });
  log.error('plain');
  assert.deepEqual(lines, ['09:30:01.005 debug request  body="two words" path="/a=b" n=3 empty=""\n', '09:30:01.005 error plain\n']);
});

test('a level leaves out what is below it', () => {
  const { log, lines } = setUp({ level: 'error', format: 'text' });
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.equal(lines.length, 1);
});
