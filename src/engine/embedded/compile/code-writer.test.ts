import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodeWriter } from './code-writer.js';

test('lines, blocks, fresh names and bound values make a function', () => {
  const writer = new CodeWriter();
  const limit = writer.bind('k', 3);
  const total = writer.fresh('v');
  assert.notEqual(limit, total);
  writer.bindHelpers({ twice: (n: number) => 2 * n });
  writer.line(`let ${total} = 0;`);
  writer.block('for (let i = 0; i < n; i++)', () => {
    writer.block(`if (i < ${limit})`, () => writer.line(`${total} += twice(i);`));
  });
  writer.line(`return ${total};`);
  assert.equal(writer.compile<(n: number) => number>(['n'])(10), 6);
});

test('a text of the user reaches the code as a value, whatever it holds', () => {
  const writer = new CodeWriter();
  const text = "'; process.exit(1); //`${}\n\u2028";
  writer.line(`return ${writer.bind('k', text)};`);
  assert.equal(writer.compile<() => string>([])(), text);
});

test('the code is strict', () => {
  const writer = new CodeWriter();
  writer.line('undeclared = 1;');
  assert.throws(() => writer.compile<() => void>([])(), ReferenceError);
});
