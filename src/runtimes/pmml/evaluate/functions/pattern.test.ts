import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, javaReplacement } from './pattern.js';

function why(text: string): string | undefined {
  const pattern = compilePattern(text, '');
  return pattern.kind === 'refused' ? pattern.why : undefined;
}

test('patterns that may take for ever are refused', () => {
  assert.match(why('(a+)+b')!, /repeats what repeats/);
  assert.match(why('(?:a|ab)*c')!, /repeats what repeats/);
  assert.match(why('(?:a?){30}a')!, /repeats what repeats/);
  assert.match(why('((x{2})y)*')!, /repeats what repeats/);
  assert.match(why('(a)\\1')!, /refers back/);
  assert.match(why('(?=a)b')!, /looks around/);
  assert.match(why('a{1000}')!, /beyond 999/);
  assert.match(why('a?'.repeat(20))!, /options/);
  assert.match(why('(a|a)'.repeat(20))!, /options/);
  assert.match(why('.*.*.*.*')!, /repetitions/);
  assert.match(why('(')!, /not a regular expression/);
});

test('patterns of every day are not', () => {
  for (const text of ['\\s+', '[a-z]+\\d', 'cats?', 'one|two|three', '^\\w{2,5}-\\d+$', '(?:ab)+', '[\\p{Punct}\\s]+', 'a.*?b'])
    assert.equal(why(text), undefined, text);
});

test('the more repetitions, the shorter the text that is matched', () => {
  const most = (text: string): number => {
    const pattern = compilePattern(text, '');
    return pattern.kind === 'pattern' ? pattern.mostCharacters : 0;
  };
  assert.deepEqual(['abc', '[\\s,]+', 'a+b', 'a+b+', 'a*b*c*'].map(most), [1_000_000, 1_000_000, 10_000, 500, 100]);
  const worst = compilePattern('.*.*.*x', '');
  const start = performance.now();
  assert.ok(worst.kind === 'pattern' && !worst.regex.test('a'.repeat(worst.mostCharacters)));
  assert.ok(performance.now() - start < 2_000);
});

test("Java's classes and replacements", () => {
  const pattern = compilePattern('\\p{Punct}|[\\p{Upper}x]', 'g');
  assert.ok(pattern.kind === 'pattern');
  assert.equal('a.B-x y'.replace(pattern.regex, '_'), 'a____ y');
  assert.equal(javaReplacement('<$1\\$$2>')(['ab', 'a', 'b']), '<a$b>');
});
