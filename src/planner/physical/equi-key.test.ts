import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatType, type DataType } from '../../spec/data-type.js';
import { formatExpression } from '../logical/format-expression.js';
import { Planner } from '../plan-sql.test.fixture.js';
import { splitJoinCondition } from './equi-key.js';

const planner = new Planner(`
  CREATE TABLE l (i INT, b BIGINT, s STRING, c CHAR(2), m DECIMAL(10, 2), d DOUBLE);
  CREATE TABLE r (j INT, v VARCHAR(5), n DECIMAL(5, 3), big DECIMAL(38, 10));
`);
const LEFT = ['i', 'b', 's', 'c', 'm', 'd'];
const RIGHT = ['j', 'v', 'n', 'big'];

/** The keys as \`left = right type\`, and what is left, of an ON condition. */
function split(on: string): { keys: string[]; rest: string | undefined } {
  const project = planner.bind(`SELECT i FROM l JOIN r ON ${on}`)[0]!.input;
  assert.ok(project.kind === 'Project' && project.input.kind === 'Join');
  const { keys, rest } = splitJoinCondition(project.input.condition, LEFT.length);
  const type = ({ type: left }: { type: DataType }): string => formatType(left, 'ignore');
  return {
    keys: keys.map(
      ({ left, right, nullsAreEqual }) =>
        `${formatExpression(left, LEFT)} ${nullsAreEqual ? '==' : '='} ${formatExpression(right, RIGHT)} ${[...new Set([left, right].map(type))].join(', ')}`,
    ),
    rest: rest && formatExpression(rest, [...LEFT, ...RIGHT]),
  };
}

for (const [on, keys, rest] of [
  ['i = j', ['i = j INT'], undefined],
  ['j = i', ['i = j INT'], undefined],
  ['i IS NOT DISTINCT FROM j', ['i == j INT'], undefined],
  ['i = j AND s = v AND d > 1', ['i = j INT', 's = v STRING, VARCHAR(5)'], '(d > 1.0)'],
  ['i + 1 = j * 2', ['(i + 1) = (j * 2) INT'], undefined],
  ['b = j', ['b = CAST(j AS BIGINT) BIGINT'], undefined],
  ['c = v', ['c = v CHAR(2), VARCHAR(5)'], undefined],
  ['m = n', ['CAST(m AS DECIMAL(11, 3)) = CAST(n AS DECIMAL(11, 3)) DECIMAL(11, 3)'], undefined],
  ['i < j', [], '(i < j)'],
  ['i = j OR s = v', [], '((i = j) OR (s = v))'],
  ['i = b', [], '(CAST(i AS BIGINT) = b)'],
  ['i + j = 3', [], '((i + j) = 3)'],
  ['i = 3', [], '(i = 3)'],
] as const) {
  test(`${on} has the keys ${keys.join(' and ') || 'none'}`, () => assert.deepEqual(split(on), { keys: [...keys], rest }));
}

test('DECIMALs that no type holds both of are compared as they are', () => {
  assert.deepEqual(split('CAST(i AS DECIMAL(38, 0)) = big').keys, []);
});

test('no condition has no keys', () => {
  assert.deepEqual(splitJoinCondition(undefined, 2), { keys: [], rest: undefined });
});
