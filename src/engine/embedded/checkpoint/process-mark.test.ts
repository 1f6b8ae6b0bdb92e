import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isRunning, processMark } from './process-mark.js';

test('this process is running, and another one with its number is not', () => {
  const mark = processMark();
  assert.equal(mark.pid, process.pid);
  assert.equal(isRunning(mark), true);
  assert.equal(isRunning({ pid: process.pid }), true);
  if (mark.start !== undefined) assert.equal(isRunning({ pid: process.pid, start: `${mark.start}0` }), false);
});

test('a process that has ended is not running', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const mark = { pid: child.pid! };
  assert.equal(isRunning(mark), true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(isRunning(mark), false);
});
