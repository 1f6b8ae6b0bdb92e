// What becomes of rows when one request in five fails, in each way and in all ways together.
import { simulatedAnswer } from '../../dist/testing/simulator/simulated-text.js';
import { table } from '../harness.mjs';
import { ask, questions } from './ask.mjs';
import { startService } from './service.mjs';

const rows = Number(process.env.ROWS ?? 3_000);
const KINDS = ['reset', 'error-500', 'error-503', 'slow', 'truncated', 'half-closed', 'unknown', 'html', 'empty', 'error-body', 'refusal'];
const right = Array.from({ length: rows }, (_, i) => simulatedAnswer({ seed: '0', message: `question ${i}` }));

async function run(rates, onError) {
  const service = await startService({ ...rates, 'slow-latency': '60 s', latency: '5 ms' });
  const emitted = new Map();
  let wrong = 0;
  try {
    const { usage, seconds } = await ask({
      url: service.url,
      prompts: questions(rows),
      options: {
        'on-error': onError,
        'max-concurrent-requests': 100,
        'max-retries': 1,
        'retry.initial-delay': '5 ms',
        'request-timeout': '500 ms',
        'throttle.timeout': '60 s',
      },
      onAnswer(id, answer) {
        if (emitted.has(id) || (answer !== null && answer !== right[id])) wrong++;
        emitted.set(id, answer);
      },
    });
    const nulls = [...emitted.values()].filter(answer => answer === null).length;
    const { answered, skipped, nulled } = usage.rows;
    const isExact =
      wrong === 0 &&
      answered + skipped + nulled === rows &&
      emitted.size === answered + nulled &&
      nulls === nulled &&
      emitted.size + skipped === rows;
    const { faults } = await service.stats();
    const struck = Object.values(faults).reduce((sum, each) => sum + each, 0);
    return [onError, rows, emitted.size - nulls, nulled, skipped, wrong, usage.attempts, struck, seconds.toFixed(1), isExact];
  } finally {
    await service.stop();
  }
}

export async function faults() {
  const lines = [];
  const cases = [
    ...KINDS.map(kind => [kind, { [`${kind}-rate`]: 0.2 }]),
    ['all of them', Object.fromEntries(KINDS.map(kind => [`${kind}-rate`, 0.2 / KINDS.length]))],
  ];
  for (const [name, rates] of cases) for (const onError of ['skip', 'null']) lines.push([name, ...(await run(rates, onError))]);
  return table(
    ['20 % of', 'on-error', 'rows', 'answered', 'nulls', 'skipped', 'wrong or double', 'requests', 'struck', 's', 'adds up'],
    lines,
  );
}
