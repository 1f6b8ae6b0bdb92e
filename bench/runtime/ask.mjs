// One INSERT through ML_PREDICT in this process.
import { createSession } from '../../dist/index.js';

/**
 * @param prompts an iterable of texts; row i is the i-th.
 * @param options of the model, besides those of the service.
 * @param onAnswer takes (row, answer) in the order in which rows leave.
 * @returns what the model did, and the seconds of the job.
 */
export async function ask({ url, prompts, options = {}, onAnswer }) {
  const session = createSession({ bigints: 'number' });
  let id = 0;
  const numbered = (function* () {
    for (const prompt of prompts) yield [id++, prompt];
  })();
  await session.registerTable('prompts', numbered, { columns: { id: 'BIGINT', prompt: 'STRING' } });
  await session.registerSink('answers', row => onAnswer(row.id, row.answer), { columns: { id: 'BIGINT', answer: 'STRING' } });
  const all = { provider: 'openai', endpoint: url, 'api-key': 'key', model: 'gpt-4o-mini', ...options };
  const withOptions = Object.entries(all).map(([key, value]) => `'${key}' = '${value}'`);
  await session.execute(`CREATE MODEL answerer INPUT (prompt STRING) OUTPUT (answer STRING) WITH (${withOptions.join(', ')})`);
  const started = performance.now();
  try {
    await session.execute('INSERT INTO answers SELECT id, answer FROM ML_PREDICT(TABLE prompts, MODEL answerer, DESCRIPTOR(prompt))');
    return { usage: session.usage().get('answerer'), seconds: (performance.now() - started) / 1_000 };
  } finally {
    await session.close();
  }
}

/** `question 0`, `question 1`, …; with `distinct` texts in turn. */
export function* questions(count, distinct = count) {
  for (let i = 0; i < count; i++) yield `question ${i % distinct}`;
}
