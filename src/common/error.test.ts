import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES } from './error-codes.js';
import { MillraceError, MillraceErrors, toMillraceError } from './error.js';

test('an error has the domain of its code, and no retry unless it says so', () => {
  const error = new MillraceError({ code: 'IO', message: 'disk full' });
  assert.deepEqual([error.domain, error.retry, error.notes, error.context, error.span], ['external', 'never', [], {}, undefined]);
  assert.equal(MillraceError.is(error), true);
  assert.equal(MillraceError.is(new Error('x')), false);
  assert.equal(MillraceError.is({ code: 'IO' }), false);
});

test('context is added round an error; what is nearer to it wins', () => {
  const cause = new Error('cause');
  const inner = new MillraceError({
    code: 'IO',
    message: 'm',
    retry: 'backoff',
    notes: [{ message: 'n' }],
    context: { split: 'a' },
    cause,
  });
  const outer = inner.within({ split: 'b', operator: 'o' });
  assert.deepEqual(outer.context, { split: 'a', operator: 'o' });
  assert.deepEqual([outer.code, outer.message, outer.retry, outer.notes, outer.cause], ['IO', 'm', 'backoff', [{ message: 'n' }], cause]);
  assert.deepEqual(inner.context, { split: 'a' });
});

test('a place is given once', () => {
  const error = new MillraceError({ code: 'SYNTAX', message: 'm' });
  const placed = error.at({ start: 1, end: 2 });
  assert.deepEqual(placed.span, { start: 1, end: 2 });
  assert.equal(placed.at({ start: 5, end: 6 }), placed);
  assert.deepEqual(placed.within({ table: 't' }).span, { start: 1, end: 2 });
});

test('anything that is thrown becomes an error of ours, with itself as the cause', () => {
  const known = new MillraceError({ code: 'IO', message: 'm' });
  assert.equal(toMillraceError(known), known);
  const foreign = new TypeError('x is not a function');
  assert.deepEqual(
    [toMillraceError(foreign).code, toMillraceError(foreign).message, toMillraceError(foreign).cause],
    ['INTERNAL', 'x is not a function', foreign],
  );
  assert.equal(toMillraceError('text').message, 'text');
  assert.equal(toMillraceError(undefined).code, 'INTERNAL');
});

test('several problems are one thing to throw', () => {
  const errors = ['a', 'b'].map(message => new MillraceError({ code: 'SYNTAX', message }));
  const all = new MillraceErrors(errors);
  assert.deepEqual([all.errors, all.message, all instanceof AggregateError], [errors, 'a\nb', true]);
});

test('every code tells what happened and what to do, in whole sentences', () => {
  for (const [code, { summary, fix }] of Object.entries(ERROR_CODES)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
    for (const sentence of [summary, fix]) assert.match(sentence, /^[A-Z].*[^.]\.$/, code);
  }
});
