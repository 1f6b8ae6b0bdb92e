import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lex } from './lexer.js';

/** Kind and value of each token but the last, or code and place of its error. */
function tokensOf(text: string): string[] {
  return lex(text)
    .slice(0, -1)
    .map(({ kind, value, span, error }) => (error ? `${error.code} ${span.start}-${span.end}` : `${kind} ${value}`));
}

describe('lex', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'SELECT a_1, $x, größe': ['word SELECT', 'word a_1', 'symbol ,', 'word $x', 'symbol ,', 'word größe'],
    '`a b` `c``d` `e\nf`': ['quoted-name a b', 'quoted-name c`d', 'quoted-name e\nf'],
    "'a' '' 'it''s' '''' 'two\nlines'": ['string a', 'string ', "string it's", "string '", 'string two\nlines'],
    "U&'\\263A\\\\' u&'#263A' UESCAPE '#' U&'\\+01F600'": ['string ☺\\', 'string ☺', 'string \u{1F600}'],
    "E'a\\n\\'b\\x41\\101\\u0042' e'\\\\'": ["string a\n'bAAB", 'string \\'],
    "X'0aFf' x''": ['binary 0aFf', 'binary '],
    '1 1.5 .5 1e3 1.5E-3 12a.b': ['number 1', 'number 1.5', 'number .5', 'number 1e3', 'number 1.5E-3', 'SYNTAX 20-25'],
    't.a t.1': ['word t', 'symbol .', 'word a', 'word t', 'number .1'],
    'a=>b||c<>d<=e>=f': [
      'word a',
      'symbol =>',
      'word b',
      'symbol ||',
      'word c',
      'symbol <>',
      'word d',
      'symbol <=',
      'word e',
      'symbol >=',
      'word f',
    ],
    'a->b::c!=d==e<=>f&&g': [
      'word a',
      'symbol ->',
      'word b',
      'symbol ::',
      'word c',
      'symbol !=',
      'word d',
      'symbol ==',
      'word e',
      'symbol <=>',
      'word f',
      'symbol &&',
      'word g',
    ],
    'a ... b … c': ['word a', 'symbol ...', 'word b', 'symbol ...', 'word c'],
    'a -- b\nc /* d\n-- */ e -- f': ['word a', 'word c', 'word e'],
    'ARRAY<ARRAY<INT>>': ['word ARRAY', 'symbol <', 'word ARRAY', 'symbol <', 'word INT', 'symbol >', 'symbol >'],
    "t /*+ OPTIONS('a'='*/') */ * / c": [
      'word t',
      'symbol /*+',
      'word OPTIONS',
      'symbol (',
      'string a',
      'symbol =',
      'string */',
      'symbol )',
      'symbol */',
      'symbol *',
      'symbol /',
      'word c',
    ],
    'a\u00a0b\ufeff\u2003c': ['word a', 'word b', 'word c'],
    '\u{1F600}@': ['symbol \u{1F600}', 'symbol @'],
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(JSON.stringify(text), () => assert.deepEqual(tokensOf(text), expected));
  }

  const errors: Readonly<Record<string, readonly string[]>> = {
    "a 'b": ['word a', 'UNTERMINATED 2-3'],
    "a U&'b": ['word a', 'UNTERMINATED 2-5'],
    "E'a\\'": ['UNTERMINATED 0-2'],
    'a `b': ['word a', 'UNTERMINATED 2-3'],
    'a /* b': ['word a', 'UNTERMINATED 2-4'],
    'a /*+ b(c) d': ['word a', 'UNTERMINATED 2-5'],
    'a ``': ['word a', 'SYNTAX 2-4'],
    '"a" "b': ['SYNTAX 0-3', 'SYNTAX 4-5', 'word b'],
    '‘a’': ['SYNTAX 0-1', 'word a', 'SYNTAX 2-3'],
    "X'0' X'0g'": ['INVALID_LITERAL 0-4', 'INVALID_LITERAL 5-10'],
    "U&'\\00' U&'\\+110000' E'\\u12'": ['SYNTAX 0-7', 'SYNTAX 8-20', 'SYNTAX 21-28'],
    '1. 2.a': ['SYNTAX 0-2', 'SYNTAX 3-5', 'word a'],
  };
  for (const [text, expected] of Object.entries(errors)) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.deepEqual(tokensOf(text), expected));
  }

  it('compares words in upper case, and quoted names and strings not at all', () => {
    assert.deepEqual(
      lex("select `select` 'select' ın").map(token => token.key),
      ['SELECT', '', '', 'ın', ''],
    );
  });

  it('ends with a token that stands behind the last one', () => {
    assert.deepEqual(lex('a  \n').at(-1), { kind: 'end', key: '', value: '', span: { start: 1, end: 1 }, error: undefined });
  });
});
