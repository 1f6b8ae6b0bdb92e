import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INT, STRING, withNullable } from '../../spec/data-type.js';
import type { BoundExpression } from '../logical/expression.js';
import { resolveColumn, scopeOf, type Scope } from './scope.js';

const ADDRESS = {
  kind: 'ROW',
  fields: [
    { name: 'city', type: withNullable(STRING, false) },
    { name: 'geo', type: { kind: 'ROW', fields: [{ name: 'lat', type: INT }], nullable: false } },
  ],
  nullable: true,
} as const;

/** Tables `t (id, name, address)` and `u (id, t)`. */
const SCOPE: Scope = {
  columns: [
    ...scopeOf(
      [
        { name: 'id', type: INT },
        { name: 'name', type: STRING },
        { name: 'address', type: ADDRESS },
      ],
      't',
    ).columns,
    ...scopeOf(
      [
        { name: 'id', type: INT },
        { name: 't', type: { kind: 'ROW', fields: [{ name: 'x', type: INT }], nullable: false } },
      ],
      'u',
    ).columns,
  ],
};

function resolve(...parts: string[]): BoundExpression {
  return resolveColumn(
    SCOPE,
    parts.map((name, i) => ({ kind: 'identifier', name, span: { start: 10 * i, end: 10 * i + name.length } })),
  );
}

function path(expression: BoundExpression): string {
  if (expression.kind === 'field') return `${path(expression.operand)}.${expression.index}`;
  assert.ok(expression.kind === 'column');
  return `$${expression.index}`;
}

test('a column by its name, with or without its table', () => {
  assert.equal(path(resolve('name')), '$1');
  assert.equal(path(resolve('t', 'name')), '$1');
  assert.equal(path(resolve('u', 'id')), '$3');
  assert.equal(path(resolve('default_database', 't', 'id')), '$0');
  assert.equal(path(resolve('default_catalog', 'default_database', 'u', 'id')), '$3');
});

test('fields of a ROW, also of a ROW in a ROW', () => {
  assert.equal(path(resolve('address', 'city')), '$2.0');
  assert.equal(path(resolve('t', 'address', 'geo', 'lat')), '$2.1.0');
});

test('a table goes before a column of the same name', () => {
  assert.equal(path(resolve('t', 'id')), '$0');
  assert.equal(path(resolve('u', 't', 'x')), '$4.0');
  assert.equal(path(resolve('t', 'x')), '$4.0');
});

test('a field of a value that can be NULL can be NULL', () => {
  assert.equal(resolve('address', 'city').type.nullable, true);
  assert.equal(resolve('address', 'geo').type.nullable, true);
});

test('a name that fits several tables is refused at the name', () => {
  assert.throws(() => resolve('id'), { code: 'AMBIGUOUS_COLUMN', message: 'column "id" is in "t" and "u"', span: { start: 0, end: 2 } });
});

test('an unknown name is refused with the nearest one of its table', () => {
  const notes = (suggestion: string): unknown => [{ message: `did you mean "${suggestion}"?` }];
  assert.throws(() => resolve('nam'), { code: 'UNKNOWN_COLUMN', message: 'there is no column "nam"', notes: notes('name') });
  assert.throws(() => resolve('u', 'idd'), {
    code: 'UNKNOWN_COLUMN',
    message: 'table "u" has no column "idd"',
    span: { start: 0, end: 13 },
    notes: notes('id'),
  });
  assert.throws(() => resolve('v', 'id'), { code: 'UNKNOWN_COLUMN', message: 'there is no column "v.id"' });
  assert.throws(() => resolve('address', 'cty'), {
    code: 'UNKNOWN_COLUMN',
    message: 'the ROW has no field "cty"',
    span: { start: 10, end: 13 },
    notes: notes('city'),
  });
  assert.throws(() => resolve('name', 'x'), { code: 'TYPE_MISMATCH', span: { start: 10, end: 11 } });
});
