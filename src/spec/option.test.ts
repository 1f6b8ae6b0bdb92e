import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { duration, flag, integer, list, memorySize, number, oneOf, option, secret, Secret, text } from './option.js';

/** The parsed value, or what is wrong with the text. */
function parse(schema: z.ZodType, value: string): unknown {
  const result = schema.safeParse(value);
  return result.success ? result.data : result.error.issues[0]!.message;
}

function cases(name: string, schema: z.ZodType, expected: readonly (readonly [string, unknown])[]): void {
  for (const [value, result] of expected) test(`${name} reads "${value}"`, () => assert.deepEqual(parse(schema, value), result));
}

cases('text', text(), [['  as it is ', '  as it is ']]);
cases('flag', flag(), [
  ['true', true],
  [' FALSE ', false],
  ['1', 'expected "true" or "false", found "1"'],
  ['', 'expected "true" or "false", found ""'],
  ['constructor', 'expected "true" or "false", found "constructor"'],
]);
cases('integer', integer(), [
  ['42', 42],
  [' -7 ', -7],
  ['+3', 3],
  ['1.0', 'expected a whole number, found "1.0"'],
  ['', 'expected a whole number, found ""'],
  ['9007199254740993', 'expected a whole number, found "9007199254740993"'],
]);
cases('integer with limits', integer({ min: 1, max: 5 }), [
  ['1', 1],
  ['5', 5],
  ['0', 'expected a whole number from 1 to 5, found "0"'],
  ['6', 'expected a whole number from 1 to 5, found "6"'],
]);
cases('integer with a lower limit', integer({ min: 2 }), [['1', 'expected a whole number of at least 2, found "1"']]);
cases('integer with an upper limit', integer({ max: 2 }), [['3', 'expected a whole number of at most 2, found "3"']]);
cases('number', number(), [
  ['1.5', 1.5],
  ['.5', 0.5],
  ['-2e3', -2_000],
  ['1.', 1],
  ['NaN', 'expected a number, found "NaN"'],
  ['1e999', 'expected a number, found "1e999"'],
  ['0x10', 'expected a number, found "0x10"'],
]);
cases('duration', duration(), [
  ['500 ms', 500],
  ['10s', 10_000],
  ['2 min', 120_000],
  ['250', 250],
  ['soon', 'expected a duration such as "500 ms" or "10 s", found "soon"'],
]);
cases('memory size', memorySize(), [
  ['64 kb', 65_536],
  ['1MB', 1_048_576],
  ['12', 12],
  ['1 tb', 'expected a size such as "64 kb" or "1 mb", found "1 tb"'],
]);
cases('one of', oneOf('at-least-once', 'NONE'), [
  ['AT-LEAST-ONCE', 'at-least-once'],
  [' none ', 'NONE'],
  ['some', 'expected one of "at-least-once", "NONE", found "some"'],
]);
cases('list', list(), [
  ['a, b ,,c', ['a', 'b', 'c']],
  ['', []],
]);
cases('list with a separator', list(';'), [['a,b; c', ['a,b', 'c']]]);

test('a secret shows itself only on request', () => {
  const parsed = secret().parse('hunter2');
  assert.ok(parsed instanceof Secret);
  assert.equal(parsed.reveal(), 'hunter2');
  for (const shown of [String(parsed), JSON.stringify({ parsed }), inspect(parsed), inspect({ deep: { parsed } }, { depth: 9 })]) {
    assert.ok(shown.includes('******') && !shown.includes('hunter2'), shown);
  }
});

test('docs and aliases stay with the option, behind defaults too', () => {
  const declared = option(integer().default(3), { doc: 'How many.', aliases: ['how_many'] });
  assert.deepEqual([declared.meta()?.description, declared.meta()?.['aliases']], ['How many.', ['how_many']]);
  assert.equal(declared.parse(undefined), 3);
  assert.equal(option(text(), { doc: 'Text.' }).meta()?.['aliases'], undefined);
});
