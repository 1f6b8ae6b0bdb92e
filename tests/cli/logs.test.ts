import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openAiSimulatorOptions, startOpenAiSimulator } from 'millrace/testing';
import { jsonTable, workplace, type Workplace } from './workplace.js';

const KEY = 'sk-proj-thatnobodymaysee0123456789';
const TOKEN = 'tok3n-in-the-address-987654';

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Rows to a model of `openai` that fails often; the key is a secret, and another one stands in the address. */
async function faulty(context: TestContext, place: Workplace, options: Readonly<Record<string, string>> = {}): Promise<void> {
  const flags = { 'api-key': KEY, 'error-500-rate': '0.2', 'reset-rate': '0.1', 'truncated-rate': '0.1', 'error-body-rate': '0.1' };
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse(flags));
  context.after(() => service.close());
  const all = {
    provider: 'openai',
    endpoint: `${service.url}?token=\${TOKEN}`,
    'api-key': '{{ secret.openai }}',
    model: 'gpt-4o-mini',
    'retry.initial-delay': '1 ms',
    'max-retries': '2',
    'on-error': 'skip',
    ...options,
  };
  const pairs = Object.entries(all).map(([key, value]) => `'${key}' = '${value}'`);
  place.write('people.jsonl', Array.from({ length: 40 }, (_, i) => `{"name":"Ada the ${i}th"}\n`).join(''));
  place.write(
    'greet.sql',
    `${jsonTable('people', 'name STRING', 'people.jsonl')}CREATE MODEL greeter INPUT (name STRING) OUTPUT (greeting STRING) WITH (${pairs.join(', ')});
SELECT greeting FROM ML_PREDICT(TABLE people, MODEL greeter, DESCRIPTOR(name));
`,
  );
}

const ENV = { MILLRACE_SECRET_OPENAI: KEY, TOKEN };

function linesOf(stderr: string): Line[] {
  return stderr
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line);
}

test('with --log-format json, stderr is lines of JSON with level, time, job and model', async context => {
  const place = workplace(context);
  await faulty(context, place);
  const { code, stderr } = await place.run(['run', 'greet.sql', '--log-format', 'json', '--log-level', 'debug'], { env: ENV });
  assert.equal(code, 0);
  const lines = linesOf(stderr);
  for (const { level, time } of lines) {
    assert.match(level, /^(debug|info|warn|error)$/);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  const of = (msg: string): Line | undefined => lines.find(line => line.msg === msg);
  assert.equal(of('job starts')!['job'], 'job-1');
  assert.deepEqual([of('job finished')!['job'], of('job finished')!['rowsIn']], ['job-1', 40]);
  const opened = of('model opened')!;
  assert.deepEqual(
    [opened['model'], opened['provider'], opened['version'], opened['max-retries']],
    ['greeter', 'openai', 'gpt-4o-mini', 2],
  );
  assert.equal(of('checkpoint taken')!.level, 'debug');
});

test('an error is a line too, with its place and what to do', async context => {
  const place = workplace(context);
  place.write('wrong.sql', 'SELECT 1;\nSELECT n FROM nowhere;');
  const { code, stderr } = await place.run(['run', 'wrong.sql', '--log-format', 'json']);
  assert.equal(code, 2);
  const [line, ...more] = linesOf(stderr);
  assert.deepEqual(
    [line!.level, line!['code'], line!['file'], line!['line'], line!['column']],
    ['error', 'UNKNOWN_TABLE', 'wrong.sql', 2, 15],
  );
  assert.ok(String(line!['advice']).length > 0);
  assert.equal(more.length, 0);
});

test('the lines for people stay as they are, and by default only warnings are among them', async context => {
  const place = workplace(context);
  const { code, stderr } = await place.run(['run', '-f', 'changelog', '-e', 'SELECT 1']);
  assert.deepEqual([code, place.masked(stderr)], [0, '1 row in, 1 row out in N ms (N rows/s)\n']);
});

for (const format of ['json', 'text']) {
  test(`no secret is in any output, whatever goes wrong: ${format}`, async context => {
    // The second one sends the secret in every request, and the last one gets it back in the service's own words.
    for (const options of [
      {},
      { 'api-key': KEY, 'system-prompt': `Never say "{{ secret.openai }}".` },
      { 'api-key': `${KEY}-wrong`, 'on-error': 'fail' },
    ]) {
      const place = workplace(context);
      await faulty(context, place, options);
      const args = ['run', 'greet.sql', '--log-format', format, '--log-level', 'debug', '--set', 'log.prompts=true', '--state', 'state'];
      const { stdout, stderr } = await place.run(args, { env: ENV });
      assert.match(stderr, /Ada the 3th/, 'prompts are logged where log.prompts is set');
      for (const output of [stdout, stderr]) {
        assert.ok(!output.includes(KEY), output);
        assert.ok(!output.includes(TOKEN), output);
      }
    }
  });
}

test('prompts and answers are in no line unless log.prompts is set', async context => {
  const place = workplace(context);
  await faulty(context, place, { 'system-prompt': 'Greet like a pirate.' });
  const { stderr } = await place.run(['run', 'greet.sql', '--log-level', 'debug', '--log-format', 'json'], { env: ENV });
  assert.ok(linesOf(stderr).length > 3);
  assert.doesNotMatch(stderr, /Ada the|pirate/);
});
