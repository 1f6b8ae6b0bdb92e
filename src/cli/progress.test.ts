import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunningJob } from '../session/statement-result.js';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import type { CommandContext } from './command-context.js';
import { Progress } from './progress.js';

/** A context that keeps what is written, and a job that counts up. */
function scene(screen: { readonly isTerminal: boolean; readonly columns: number }) {
  const clock: FakeClock = createFakeClock();
  const written: string[] = [];
  const stderr = { write: (text: string) => void written.push(text) };
  const counters = new Map([['rows_in', 0]]);
  const job = {
    metrics: () => [
      { id: 'source-1', name: 'Source', counters },
      { id: 'sink-2', name: 'Sink', counters },
    ],
  } as unknown as RunningJob;
  const context = { ...screen, stderr, stdout: stderr, host: { clock } } as unknown as CommandContext;
  const usage = () => new Map([['judge', { attempts: 7, inFlight: 2 }]]) as never;
  return { clock, written, counters, stderr, progress: new Progress(context, { jobs: [job], usage }) };
}

test('without a terminal, there is a whole line every ten seconds', async () => {
  const { clock, written, counters, progress } = scene({ isTerminal: false, columns: 20 });
  progress.start();
  counters.set('rows_in', 1_500);
  await clock.advance(9_999);
  assert.deepEqual(written, []);
  await clock.advance(1);
  counters.set('rows_in', 40_000);
  await clock.advance(10_000);
  progress.stop();
  await clock.advance(60_000);
  assert.deepEqual(written, [
    '10 s · 1,500 rows in · 1,500 out · 150 rows/s · judge: 7 calls, 2 in flight\n',
    '20 s · 40,000 rows in · 40,000 out · 2,000 rows/s · judge: 7 calls, 2 in flight\n',
  ]);
});

test('on a terminal, one line is rewritten, no wider than the screen, and gone in the end', async () => {
  const { clock, written, counters, progress } = scene({ isTerminal: true, columns: 30 });
  progress.start();
  counters.set('rows_in', 100);
  await clock.advance(400);
  progress.stop();
  assert.deepEqual(written, ['\r\u001B[K200 ms · 100 rows in · 100 ou', '\r\u001B[K400 ms · 100 rows in · 100 ou', '\r\u001B[K']);
});

test('other output takes the place of the line', async () => {
  const { clock, written, stderr, progress } = scene({ isTerminal: true, columns: 80 });
  progress.start();
  await clock.advance(200);
  const line = written.pop();
  assert.ok(line!.startsWith('\r\u001B[K200 ms · 0 rows in'), line);
  const output = progress.above(stderr);
  await output.write('one\n');
  await output.write('two\n');
  assert.deepEqual(written, ['\r\u001B[K', 'one\n', 'two\n']);
  progress.stop();
});
