import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOpenAiSimulator } from '../testing/openai-simulator/openai-simulator.js';
import { createLimiters } from './create-limiters.js';
import { createSession } from './create-session.js';

test('sessions with the same limiters share the limits of a service', async () => {
  const simulator = await startOpenAiSimulator();
  const limiters = createLimiters();
  const sessions = [createSession({ limiters }), createSession({ limiters })];
  const model = `CREATE MODEL m WITH ('provider' = 'openai', 'endpoint' = '${simulator.url}', 'api-key' = 'k', 'model' = 'x',
    'rate-limit.requests-per-minute' = '1', 'throttle.timeout' = '1 s')`;
  try {
    for (const session of sessions) await session.execute(model);
    await sessions[0]!.query(`SELECT ML_PREDICT('m', 'a')`).next();
    // The only call of this minute was the other session's.
    const waiting = sessions[1]!.query(`SELECT ML_PREDICT('m', 'b')`).next();
    const first = await Promise.race([waiting.then(() => 'answered'), new Promise(resolve => setTimeout(resolve, 200, 'waiting'))]);
    assert.equal(first, 'waiting');
    assert.equal(simulator.stats().requests, 1);
    waiting.catch(() => {});
  } finally {
    for (const session of sessions) await session.close();
    await simulator.close();
  }
});
