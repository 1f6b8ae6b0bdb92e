import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSltFile } from './slt-file.js';

const HEADER = '# name: a/b\n# description: what it shows\n';

function parse(body: string, header = HEADER) {
  return parseSltFile('tests/slt/a/b.slt', `${header}\n${body}`);
}

test('a file has a header and records with conditions, body and answer', () => {
  const file = parse(
    '# a comment\nskipif mode=crash\nchangelog t rowsort\n----\n+I | 1\n+I | 2\n\n\nstatement ok\nSELECT 1,\n  2;\n',
    `${HEADER}# engines: embedded, flink\n# modes: plain, crash\n`,
  );
  assert.deepEqual(
    [file.name, file.description, file.engines, file.modes],
    ['a/b', 'what it shows', ['embedded', 'flink'], ['plain', 'crash']],
  );
  assert.deepEqual(file.records, [
    {
      line: 8,
      lastLine: 11,
      conditions: [{ test: 'skipif', subject: 'mode', value: 'crash' }],
      directive: 'changelog',
      words: ['t', 'rowsort'],
      body: [],
      expected: ['+I | 1', '+I | 2'],
    },
    { line: 14, lastLine: 16, conditions: [], directive: 'statement', words: ['ok'], body: ['SELECT 1,', '  2;'], expected: undefined },
  ]);
});

test('without a word about it, a file runs in all modes on the embedded engine', () => {
  const file = parse('');
  assert.deepEqual([file.engines, file.modes, file.records], [['embedded'], ['plain', 'restore', 'crash', 'splits'], []]);
});

for (const [text, position, message] of [
  ['nonsense t', 4, 'there is no directive "nonsense"'],
  ['statement maybe\nSELECT 1', 4, 'write "statement ok" or "statement error CODE"'],
  ['statement ok', 4, '"statement" needs a body'],
  ['end t\n1', 4, '"end" has no body'],
  ['end t\n----\n1', 4, '"end" has no answer'],
  ['advance soon', 4, 'write "advance 50 ms"'],
] as const) {
  test(`"${text.replaceAll('\n', '\\n')}" is refused at its line`, () => {
    assert.throws(() => parse(text), { code: 'SYNTAX', message, context: { position: `tests/slt/a/b.slt:${position}` } });
  });
}

test('a header that is missing or wrong is refused', () => {
  assert.throws(() => parse('', ''), { code: 'SYNTAX' });
  assert.throws(() => parse('', '# name: a/c\n# description: d\n'), { message: `the name "a/c" is not the file's path` });
  assert.throws(() => parse('', `${HEADER}# modes: plain, sideways\n`), { message: 'there is no mode "sideways"' });
  assert.throws(() => parse('', `${HEADER}# author: x\n`), { message: 'there is no header "author"' });
});
