import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { arrayOf, INT, STRING, type DataType } from '../../../spec/data-type.js';
import type { LanguageModelOptions } from '../language-model.js';
import { simulateChat } from './simulated-chat.test.fixture.js';
import { splitDelimited } from './split-delimited.js';

const DELIMITED: LanguageModelOptions = { 'response.format': 'delimited' };

interface LinesInit {
  readonly options?: LanguageModelOptions;
  readonly outputs?: Readonly<Record<string, DataType>>;
  readonly cut?: boolean;
}

/** What becomes of the rows where the model answers with `lines`, in which `A`, `B` and `C` stand for their ids. */
async function ask(lines: string, { options = DELIMITED, outputs = { mood: STRING }, cut = false }: LinesInit = {}) {
  const chat = simulateChat({
    options,
    outputs,
    answer: rows => ({
      text: lines.replace(/^[ABC]/gm, letter => String(rows['ABC'.indexOf(letter)]?.['id'])),
      ending: cut ? 'cut' : 'complete',
    }),
  });
  const outcomes = await chat.ask([['a'], ['b'], ['c']]);
  return outcomes.map(outcome => (MillraceError.is(outcome) ? outcome.message : outcome));
}

const MISSING = 'the reply has no answer to the row';

test('one line a row, in any order, with quotes where they are needed', async () => {
  assert.deepEqual(await ask('C|fine\nA|"late, ""and"" | \nbroken"\nB|"Great" shop'), [
    ['late, "and" | \nbroken'],
    ['"Great" shop'],
    ['fine'],
  ]);
  assert.deepEqual(await ask('```\nA|a | b\nB|\nC|""\n```'), [['a | b'], [null], ['']]);
  assert.deepEqual(await ask('Answers:\r\n\r\nA| a \r\nB|b\r\nC|c\r\n'), [['a'], ['b'], ['c']]);
  const outputs = { mood: STRING, stars: INT };
  assert.deepEqual(await ask('A;good;5\nB;"a;b"; 4\nC;;', { options: { ...DELIMITED, 'response.delimiter': ';' }, outputs }), [
    ['good', 5],
    ['a;b', 4],
    [null, null],
  ]);
  assert.deepEqual(await ask('A\tx\nB\ty\nC\tz', { options: { ...DELIMITED, 'response.delimiter': '\\t' } }), [['x'], ['y'], ['z']]);
});

test('lines that do not fit fail their row alone', async () => {
  const outputs = { mood: STRING, stars: INT };
  const [a, b, c] = await ask('A|good|5\nB|good|5|more\nC|good|many', { outputs });
  assert.deepEqual(a, ['good', 5]);
  assert.match(String(b), /it has 3 values, and 2 were asked for$/);
  assert.match(String(c), /"stars" should be INT, but is "many"$/);
  assert.deepEqual(await ask('A|x\nB\n'), [
    'the answer does not fit the OUTPUT columns: its line is followed by one without an id',
    MISSING,
    MISSING,
  ]);
  assert.deepEqual(await ask('A|x\nand more\nB|y\nC|z'), [
    'the answer does not fit the OUTPUT columns: its line is followed by one without an id',
    ['y'],
    ['z'],
  ]);
  assert.deepEqual(
    await ask('No.'),
    Array.from({ length: 3 }, () => 'the reply has no lines of an id, "|" and an answer'),
  );
});

test('the last line of a reply that is cut may lack its end', async () => {
  const [a, b, c] = await ask('A|good\nB|bad\nC|neut', { cut: true });
  assert.deepEqual([a, b], [['good'], ['bad']]);
  assert.match(String(c), /cut at the token limit before it answered the row$/);
});

test('the form is told with its names, and nested columns are refused', async () => {
  const chat = simulateChat({ options: DELIMITED, outputs: { mood: STRING, stars: INT }, answer: () => '' });
  await chat.ask([['a'], ['b']]);
  assert.match(chat.requests[0]!.instructions, /of this form:\n<id>\|<mood>\|<stars>\n/);
  assert.throws(() => simulateChat({ options: DELIMITED, outputs: { tags: arrayOf(STRING) }, answer: () => '' }), {
    code: 'MODEL_SCHEMA',
    message: /"tags" is ARRAY<STRING>/,
  });
});

test('fields are split as in RFC 4180', () => {
  const split = (text: string): string[][] => splitDelimited(text, '|').map(line => line.map(field => field.text));
  assert.deepEqual(split('a|"b|""c"\n\n"d\r\ne"|\r\nf'), [['a', 'b|"c'], ['d\r\ne', ''], ['f']]);
  assert.deepEqual(split('"open|x\n"closed" late|y'), [
    ['"open', 'x'],
    ['"closed" late', 'y'],
  ]);
  assert.deepEqual(split(''), []);
});
