import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regexOf, rewriteOf } from './re2-pattern.js';

test('patterns of RE2 match as RE2 does', () => {
  const replace = (pattern: string, rewrite: string, text: string): string => text.replace(regexOf(pattern, 'gu'), rewriteOf(rewrite));
  // Keras' own, for punctuation.
  const punctuation = `[!"#$%&()\\*\\+,-\\./:;<=>?@\\[\\\\\\]^_\`{|}~\\']`;
  assert.equal(replace(punctuation, '', `a!b"c#d$e(f)g*h+i,j-k.l/m[n]o\\p^q_r\`s{t}u~v'w`), 'abcdefghijklmnopqrstuvw');
  assert.equal(replace('\\s+', ' ', 'a \t\n b\u00a0c'), 'a b\u00a0c');
  assert.equal(replace('(a)(b)', '\\2-\\1$1', 'xaby'), 'xb-a$1y');
  assert.equal(replace('b', '<\\0>', 'abc'), 'a<b>c');
  assert.equal(replace('.', '-', 'a\nb\r😀'), '-\n---');
  assert.equal(replace('[]x]', '', 'a]xb'), 'ab');
});

test('patterns that JavaScript would not run in linear time are refused', () => {
  for (const pattern of ['(a+)+b', '(?:a*)*', '((ab)*c)+', '(a|b+){2,}', '(?i)a', '\\pL', '[[:alpha:]]', 'a'.repeat(3_000)])
    assert.throws(() => regexOf(pattern, 'u'), { name: 'Unsupported' }, pattern);
});
