import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Expression } from './ast/expression.js';
import { parseExpression, parseQuery } from './parser.js';
import { printExpression } from './printer.js';
import { forEachChild } from './walk.js';

function childrenOf(expression: Expression): string[] {
  const children: string[] = [];
  forEachChild(expression, child => children.push(printExpression(child)));
  return children;
}

describe('forEachChild', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'a.b': [],
    "'x'": [],
    '-a': ['a'],
    'a + b * c': ['a', 'b * c'],
    'a IS NULL': ['a'],
    'a BETWEEN b AND c': ['a', 'b', 'c'],
    'a IN (b, c)': ['a', 'b', 'c'],
    'a IN (SELECT b FROM t)': ['a'],
    "a LIKE b ESCAPE '!'": ['a', 'b', "'!'"],
    'CASE a WHEN b THEN c WHEN d THEN e ELSE f END': ['a', 'b', 'c', 'd', 'e', 'f'],
    'CASE WHEN a THEN b END': ['a', 'b'],
    'CAST(a AS INT)': ['a'],
    'f(a, x => b)': ['a', 'b'],
    'LISTAGG(a) WITHIN GROUP (ORDER BY b) FILTER (WHERE c) OVER (PARTITION BY d ORDER BY e ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING)': [
      'a',
      'b',
      'c',
      'd',
      'e',
      '1',
      '2',
    ],
    'SUM(a) OVER w': ['a'],
    "JSON_VALUE(a, '$.b' DEFAULT c ON EMPTY NULL ON ERROR)": ['a', "'$.b'", 'c'],
    'f(TABLE t PARTITION BY a ORDER BY b, MODEL m, DESCRIPTOR(c))': ['TABLE t PARTITION BY a ORDER BY b', 'MODEL m', 'DESCRIPTOR(c)'],
    'a[b].c': ['a[b]'],
    'a[b]': ['a', 'b'],
    'ARRAY[a, b]': ['a', 'b'],
    'MAP[a, b, c, d]': ['a', 'b', 'c', 'd'],
    '(a, b)': ['a', 'b'],
    'EXISTS (SELECT a FROM t)': [],
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(text, () => assert.deepEqual(childrenOf(parseExpression(text)), expected));
  }

  it('enters the clauses of a table argument', () => {
    const { body } = parseQuery('SELECT * FROM f(TABLE t PARTITION BY (a, b) ORDER BY c)');
    assert.ok(body.kind === 'select' && body.from?.kind === 'function-table');
    assert.deepEqual(childrenOf(body.from.call.arguments[0]!.value), ['a', 'b', 'c']);
  });
});
