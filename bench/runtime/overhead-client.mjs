// Asks `calls` questions, 100 at a time, after a warm-up in the same process. Prints the CPU of the process for it.
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../dist/common/clock.js';
import { createPredictor } from '../../dist/inference/predictor.js';
import { runtimeOptions } from '../../dist/inference/options.js';
import { UsageCounter } from '../../dist/inference/usage.js';
import { createHttpTransport } from '../../dist/kit/http-transport.js';
import { openai } from '../../dist/providers/openai/index.js';
import { batchOfRows, rowAt } from '../../dist/spec/batch.js';
import { STRING } from '../../dist/spec/data-type.js';
import { ask, questions } from './ask.mjs';

const [client, url, callCount] = process.argv.slice(2);
const calls = Number(callCount);
const CONCURRENCY = 100;
/** Not imported by literals: their types would bring others of Node into the lint of all programs here. */
const PEERS = { undici: 'undici', sdk: 'openai' };
const WARM_UP_CALLS = 3_000;
/** Of the runtime's model. */
const inputs = [{ name: 'prompt', type: STRING }];
const outputs = [{ name: 'answer', type: STRING }];

/** Calls `askOne(question)` for each question, `CONCURRENCY` at a time. */
async function loop(count, askOne) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const question = `question ${next++}`;
      const answer = await askOne(question);
      if (answer !== `answer to ${question}`) throw new Error(`${question}: ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function undiciLoop() {
  const { Agent } = await import(PEERS.undici);
  const agent = new Agent({ connections: CONCURRENCY });
  const { origin, pathname } = new URL(`${url}/chat/completions`);
  return count =>
    loop(count, async question => {
      const { statusCode, body } = await agent.request({
        origin,
        path: pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
        body: JSON.stringify({ model: 'gpt-4o-mini', temperature: 1, messages: [{ role: 'user', content: question }] }),
      });
      if (statusCode !== 200) throw new Error(String(statusCode));
      return (await body.json()).choices[0].message.content;
    });
}

async function sdkLoop() {
  const { default: OpenAI } = await import(PEERS.sdk);
  const sdk = new OpenAI({ apiKey: 'key', baseURL: url, maxRetries: 0 });
  return count =>
    loop(count, async question => {
      const messages = [{ role: 'user', content: question }];
      const { choices } = await sdk.chat.completions.create({ model: 'gpt-4o-mini', temperature: 1, messages });
      return choices[0].message.content;
    });
}

async function runtimeLoop() {
  const model = await openai.openModel({
    name: 'answerer',
    options: openai.options.parse({ endpoint: url, 'api-key': 'key', model: 'gpt-4o-mini', temperature: '1' }),
    inputs,
    outputs,
    http: createHttpTransport({ connections: CONCURRENCY }),
    clock: systemClock,
    random: Math.random,
    openModelFile: () => Promise.reject(new Error('no runtime is needed')),
  });
  const predictor = createPredictor({
    model,
    name: 'answerer',
    outputs,
    options: runtimeOptions.parse({ 'max-concurrent-requests': String(CONCURRENCY) }),
    defaults: openai.defaults,
    clock: systemClock,
    random: Math.random,
    ids: randomUUID,
    usage: new UsageCounter(),
  });
  return count => loop(count, async question => rowAt((await predictor.submit(batchOfRows(inputs, [[question]]))).outputs, 0)[0]);
}

const job = ordered => async count => {
  let right = 0;
  await ask({
    url,
    prompts: questions(count),
    options: { temperature: 1, 'max-concurrent-requests': CONCURRENCY, 'ordered-output': ordered },
    onAnswer: (id, answer) => void (right += answer === `answer to question ${id}` ? 1 : 0),
  });
  if (right !== count) throw new Error(`${right} of ${count} answers are right`);
};

const CLIENTS = {
  undici: undiciLoop,
  'openai SDK': sdkLoop,
  runtime: runtimeLoop,
  'job, ordered': () => job(true),
  'job, unordered': () => job(false),
};

const run = await CLIENTS[client]();
await run(WARM_UP_CALLS);
const started = performance.now();
const before = process.cpuUsage();
await run(calls);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ cpuMicros: user + system, seconds: (performance.now() - started) / 1_000 }), () => process.exit());
