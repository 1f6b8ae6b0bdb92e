import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScriptLine } from './script-line.js';

test('a line says what a call is answered, when, and whether all further calls are', () => {
  assert.deepEqual(parseScriptLine('ok a | 1, b | 2'), {
    repeats: false,
    delayMs: 0,
    reply: { kind: 'ok', answers: [{ rows: ['a | 1'] }, { rows: ['b | 2'] }] },
  });
  assert.deepEqual(parseScriptLine('ok a + b, !BAD_ANSWER').reply, {
    kind: 'ok',
    answers: [{ rows: ['a', 'b'] }, { failure: 'BAD_ANSWER' }],
  });
  assert.deepEqual(parseScriptLine('* echo'), { repeats: true, delayMs: 0, reply: { kind: 'echo' } });
  assert.deepEqual(parseScriptLine('after 2 s hang'), { repeats: false, delayMs: 2_000, reply: { kind: 'hang' } });
  assert.deepEqual(parseScriptLine('status 429 retry-after=1').reply, { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
  assert.deepEqual(parseScriptLine('error TIMEOUT no answer').reply, { kind: 'error', code: 'TIMEOUT', message: 'no answer' });
});

for (const text of ['', 'yes', 'echo x', 'status 42', 'error NOTHING x', 'after soon ok a']) {
  test(`"${text}" is no line of a script`, () => {
    assert.throws(() => parseScriptLine(text), { code: 'SYNTAX', message: `"${text}" is no line of a script` });
  });
}
