import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startOpenAiSimulator } from 'millrace/testing';

interface WorklistRow {
  readonly sample_id: number;
  readonly verdict: string;
  readonly note: string | null;
}

/** What the demo says in the repository: the language model is the stand-in, since no key is set. */
async function runDemo(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const { OPENAI_API_KEY: _, ...env } = process.env;
  const child = spawn(process.execPath, ['examples/triage/demo.mjs'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

test('the demo runs to its end: windows, uncertain samples, the worklist and a summary', { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await runDemo();
  assert.equal(code, 0, stderr);

  const lines = stdout.split('\n');
  const windows = lines.filter(line => /^window> \+I\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?, \d+, \d+\]$/.test(line));
  const uncertain = lines.filter(line => /^uncertain> \+I\[\d+, 0\.\d+, Look again\. Sample \d+: radius .*\]$/.test(line));
  assert.ok(windows.length >= 3, stdout);
  assert.equal(uncertain.length, 36);
  const samples = windows.reduce((sum, line) => sum + Number(/, (\d+), \d+\]$/.exec(line)![1]), 0);
  assert.equal(samples, 284);
  assert.match(stdout, /\nop \| verdict +\| samples \| mean_malignancy\n[-+]+\n(.+\n)+\(2 rows\)\n$/);

  assert.match(stderr, /^\$ millrace run examples\/triage\/explainer-mock.sql examples\/triage\/triage.sql\n/);
  assert.match(stderr, /\n403 rows in, [\d,]+ rows out in .* \([\d,]+ rows\/s\)\n/);
  assert.match(stderr, /\nmodel triage: 284 rows, \d+ calls?, p50 .*, p99 .*\n/);
  assert.match(stderr, /\nmodel explainer: 36 rows, 36 calls, [\d,]+ tokens in, [\d,]+ out, p50 .*, p99 .*\n/);

  const worklist = readFileSync('out/triage/worklist.jsonl', 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as WorklistRow);
  assert.equal(worklist.length, 119);
  assert.equal(worklist.filter(row => row.note !== null).length, 36);
  assert.deepEqual([...new Set(worklist.map(row => row.verdict))].toSorted(), ['uncertain', 'urgent']);
  assert.equal(new Set(worklist.map(row => row.sample_id)).size, 119);
});

test("the demo's script for OpenAI asks for the uncertain samples only, and does not show the key", { timeout: 120_000 }, async context => {
  const key = 'sk-demo-0123456789';
  const simulator = await startOpenAiSimulator({ 'api-key': key });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-demo-'));
  context.after(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true });
  });
  const script = readFileSync('examples/triage/explainer-openai.sql', 'utf8');
  const explainer = join(folder, 'explainer.sql');
  writeFileSync(explainer, script.replace("'provider' = 'openai',", `'provider' = 'openai', 'base_url' = '${simulator.url}',`));
  rmSync('out/triage', { recursive: true, force: true });

  const child = spawn(process.execPath, ['dist/cli/main.js', 'run', explainer, 'examples/triage/triage.sql'], {
    env: { ...process.env, OPENAI_API_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split('\n').filter(line => /^uncertain> \+I\[\d+, 0\.\d+, answer [0-9a-f]+ to: Sample /.test(line)).length, 36);
  assert.equal((stdout + stderr).includes(key), false);
  const { requests, uniqueInputs, byStatus } = simulator.stats();
  assert.deepEqual({ requests, uniqueInputs, byStatus }, { requests: 36, uniqueInputs: 36, byStatus: { 200: 36 } });
});
