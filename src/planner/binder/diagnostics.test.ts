import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError, MillraceErrors } from '../../common/error.js';
import { Diagnostics } from './diagnostics.js';

test('problems are gathered and thrown together, in the order of the text', () => {
  const diagnostics = new Diagnostics();
  diagnostics.check();
  const late = new MillraceError({ code: 'SYNTAX', message: 'late', span: { start: 20, end: 21 } });
  const result = diagnostics.attempt({ start: 5, end: 6 }, () => {
    throw late;
  });
  assert.equal(result, undefined);
  diagnostics.attempt({ start: 5, end: 6 }, () => {
    throw new MillraceError({ code: 'TYPE_MISMATCH', message: 'early' });
  });
  assert.equal(
    diagnostics.attempt({ start: 1, end: 2 }, () => 'fine'),
    'fine',
  );
  diagnostics.attempt({ start: 30, end: 31 }, () => {
    throw new MillraceErrors(['a', 'b'].map(message => new MillraceError({ code: 'SYNTAX', message })));
  });
  assert.throws(
    () => diagnostics.check(),
    (thrown: MillraceErrors) => {
      assert.deepEqual(
        thrown.errors.map(({ message, span }) => [message, span!.start]),
        [
          ['early', 5],
          ['late', 20],
          ['a', 30],
          ['b', 30],
        ],
      );
      return true;
    },
  );
});

test('a defect is kept as one, with its cause', () => {
  const diagnostics = new Diagnostics();
  const defect = new TypeError('x is undefined');
  diagnostics.attempt({ start: 0, end: 1 }, () => {
    throw defect;
  });
  assert.throws(
    () => diagnostics.check(),
    (thrown: MillraceErrors) => thrown.errors[0]!.code === 'INTERNAL' && thrown.errors[0]!.cause === defect,
  );
});

test('all items are bound, and the problems of all are thrown with those before; one alone as itself', () => {
  const diagnostics = new Diagnostics();
  const items = [1, 2, 3].map(n => ({ n, span: { start: n, end: n + 1 } }));
  assert.deepEqual(
    diagnostics.all(items, ({ n }) => n * 2),
    [2, 4, 6],
  );
  const refuse =
    (...bad: readonly number[]) =>
    ({ n }: { readonly n: number }): void => {
      if (bad.includes(n)) throw new MillraceError({ code: 'SYNTAX', message: `${n}` });
    };
  assert.throws(() => diagnostics.all(items, refuse(2)), { code: 'SYNTAX', message: '2', span: { start: 2, end: 3 } });
  diagnostics.add(new MillraceError({ code: 'SYNTAX', message: 'before', span: { start: 0, end: 1 } }));
  assert.throws(
    () => diagnostics.all(items, refuse(1, 3)),
    (thrown: MillraceErrors) => thrown.errors.map(({ message }) => message).join() === 'before,1,3',
  );
  diagnostics.check();
});
