// 100,000 rows with 1,000 different prompts at temperature 0: one call for each prompt.
import { simulatedAnswer } from '../../dist/testing/simulator/simulated-text.js';
import { table } from '../harness.mjs';
import { ask, questions } from './ask.mjs';
import { startService } from './service.mjs';

const rows = Number(process.env.ROWS ?? 100_000);
const distinct = 1_000;

export async function repeats() {
  const service = await startService({ latency: '50 ms' });
  let own = 0;
  try {
    const { usage, seconds } = await ask({
      url: service.url,
      prompts: questions(rows, distinct),
      options: { temperature: 0 },
      onAnswer(id, answer) {
        if (answer === simulatedAnswer({ seed: '0', message: `question ${id % distinct}` })) own++;
      },
    });
    const { requests } = await service.stats();
    const line = [rows, distinct, requests, usage.cacheHits, usage.sharedAnswers, own, seconds.toFixed(1)];
    return table(['rows', 'different prompts', 'calls', 'from the cache', 'from a row in flight', 'right answers', 's'], [line]);
  } finally {
    await service.stop();
  }
}
