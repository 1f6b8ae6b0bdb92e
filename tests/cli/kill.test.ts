import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idLines, idsIn, jsonTable, numbers, workplace, type Workplace } from './workplace.js';

const KILLS = 10;
const ROWS = 20_000;

/** A job over four files that takes longer than one process lives; some of its rows wait for a model. */
function script(output: string): string {
  return `SET 'execution.checkpointing.interval' = '10 ms';
SET 'parallelism.default' = '2';
${jsonTable('ids', 'id INT', 'in', { 'scan.rows-per-second': '20000' })}${jsonTable('copy', 'id INT, answer STRING', output)}
CREATE MODEL m INPUT (id INT) OUTPUT (answer STRING)
WITH ('provider' = 'mock', 'answer' = 'to {{id}}', 'latency' = '20 ms', 'latency.jitter' = '30 ms', 'max-concurrent-requests' = '50');
INSERT INTO copy SELECT id, CASE WHEN MOD(id, 10) = 0 THEN ML_PREDICT(MODEL m, id) ELSE 'none' END FROM ids;
`;
}

function input(place: Workplace): void {
  for (const file of numbers(0, 3)) place.write(`in/${file}.jsonl`, idLines((file * ROWS) / 4 + 1, ((file + 1) * ROWS) / 4));
}

for (const output of ['copy/', 'copy.jsonl']) {
  test(`after ${KILLS} kills at random moments, every row is in ${output} once`, { timeout: 120_000 }, async context => {
    const place = workplace(context);
    input(place);
    place.write('copy.sql', script(output));
    const args = ['run', '-q', '--state', 'state', 'copy.sql'];
    const progress: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const run = place.start(args);
      // From before the first checkpoint to many checkpoints later; the more moments are tried, the better.
      await new Promise(done => setTimeout(done, 150 + Math.random() * 600));
      run.signal('SIGKILL');
      await run.ended;
      progress.push(idsIn(place, output).length);
    }
    assert.deepEqual(await place.run(args), { code: 0, stdout: '', stderr: '' });
    context.diagnostic(`rows after each kill: ${progress.join(', ')}`);
    assert.deepEqual(idsIn(place, output), numbers(1, ROWS));
    const answers = place.lines(output).map(line => JSON.parse(line) as { id: number; answer: string });
    for (const { id, answer } of answers) assert.equal(answer, id % 10 === 0 ? `to ${id}` : 'none');
    const leftovers = [...place.names(), ...place.names('copy')].filter(name => name.endsWith('.inprogress'));
    assert.deepEqual(leftovers, []);
  });
}
