import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { MillraceError, MillraceErrors } from '../common/error.js';
import { duration, flag, integer, oneOf, option, secret, text } from '../spec/option.js';
import { canonicalOptions, checkOptions, readOptions, type GivenOptions, type OptionGroup } from './read-options.js';
import type { SecretSource } from './placeholders.js';

const SERVICE = {
  schema: z.object({
    endpoint: option(text().default('https://example.org'), { doc: 'Where it is.', aliases: ['base_url', 'base-url'] }),
    'api-key': option(secret(), { doc: 'Sent along.', aliases: ['api_key'] }),
    timeout: option(duration().default(1_000), { doc: 'How long.' }),
    mode: option(oneOf('fast', 'slow').optional(), { doc: 'Which way.' }),
  }),
} satisfies OptionGroup;
const FORMAT = {
  prefix: 'json.',
  schema: z.object({
    'ignore-parse-errors': option(flag().default(false), { doc: 'Skips.' }),
    timeout: option(duration().default(5), { doc: 'Another one of this name.' }),
  }),
} satisfies OptionGroup;
/** One group for each column, as `fields.<column>.min`. */
const COLUMNS = ['a', 'b'].map(name => ({
  prefix: `fields.${name}.`,
  schema: z.object({ min: option(integer().default(0), { doc: 'Lowest.' }) }),
}));

const SECRETS: SecretSource = { secret: name => ({ key: 'k-123', pin: 'hunter2' })[name], variable: name => ({ N: '7' })[name] };

/** Options with places: key i starts at 100 * i, its value at 100 * i + 50. */
function given(values: Readonly<Record<string, string>>): GivenOptions {
  const entries = Object.entries(values);
  const spans = new Map(
    entries.map(([key], i) => [key, { key: { start: 100 * i, end: 100 * i + 1 }, value: { start: 100 * i + 50, end: 100 * i + 51 } }]),
  );
  return { owner: 'table "t"', values: new Map(entries), spans };
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly at: number | undefined;
  readonly note: string | undefined;
}

function problemsOf(action: () => unknown): Problem[] {
  try {
    action();
  } catch (thrown) {
    const errors = thrown instanceof MillraceErrors ? thrown.errors : MillraceError.is(thrown) ? [thrown] : [];
    if (errors.length === 0) throw thrown;
    return errors.map(({ code, message, span, notes }) => ({ code, message, at: span?.start, note: notes[0]?.message }));
  }
  return [];
}

function read(values: Readonly<Record<string, string>>, groups: readonly OptionGroup[] = [SERVICE, FORMAT]): Problem[] {
  return problemsOf(() => readOptions(given(values), groups, SECRETS));
}

function check(values: Readonly<Record<string, string>>, groups: readonly OptionGroup[] = [SERVICE, FORMAT]): Problem[] {
  return problemsOf(() => checkOptions(given(values), groups));
}

test('options are parsed group by group, with aliases, defaults, secrets and variables', () => {
  const [service, format] = readOptions(
    given({ base_url: 'http://h', 'api-key': '{{ secret.key }}', 'json.timeout': '${N} s' }),
    [SERVICE, FORMAT],
    SECRETS,
  );
  assert.deepEqual([service.endpoint, service.timeout, service.mode], ['http://h', 1_000, undefined]);
  assert.equal(service['api-key'].reveal(), 'k-123');
  assert.deepEqual(format, { 'ignore-parse-errors': false, timeout: 7_000 });
});

test('an unknown key is refused at its place, with the nearest known one, an alias too', () => {
  assert.deepEqual(read({ 'api-key': 'x', endpiont: 'y' }), [
    { code: 'UNKNOWN_OPTION', message: 'table "t" has no option "endpiont"', at: 100, note: 'did you mean "endpoint"?' },
  ]);
  assert.equal(read({ 'api-key': 'x', 'json.ignore-parse-error': 'true' })[0]!.note, 'did you mean "json.ignore-parse-errors"?');
  assert.equal(read({ 'api-key': 'x', base_ulr: 'y' })[0]!.note, 'did you mean "base_url"?');
  assert.match(
    read({ 'api-key': 'x', qqqqqqqq: 'y' })[0]!.note!,
    /^the options are endpoint, api-key, timeout, mode, json\.ignore-parse-errors/,
  );
});

test('one option in two spellings is refused at the second', () => {
  const expected = [
    { code: 'DUPLICATE_NAME', message: 'options "api_key" and "api-key" of table "t" are the same', at: 100, note: undefined },
  ];
  assert.deepEqual(read({ api_key: 'x', 'api-key': 'y' }), expected);
  assert.deepEqual(check({ api_key: 'x', 'api-key': 'y' }), expected);
  assert.deepEqual(
    problemsOf(() => canonicalOptions(given({ api_key: 'x', 'api-key': 'y' }), [SERVICE])),
    expected,
  );
});

test('a bad value is refused at its place, named as it was written', () => {
  assert.deepEqual(read({ 'api-key': 'x', timeout: 'soon' }), [
    {
      code: 'INVALID_OPTION',
      message: 'option "timeout" of table "t": expected a duration such as "500 ms" or "10 s", found "soon"',
      at: 150,
      note: undefined,
    },
  ]);
  assert.equal(read({ 'api-key': 'x', mode: 'medium' })[0]!.at, 150);
});

test('options of the same name in two groups are told apart', () => {
  const [problem] = read({ 'api-key': 'x', timeout: 'soon', 'json.timeout': '1 s' });
  assert.deepEqual([problem!.message.split(':')[0], problem!.at], ['option "timeout" of table "t"', 150]);
  const [ofColumn] = read({ 'fields.a.min': 'low', 'fields.b.min': '1' }, COLUMNS);
  assert.deepEqual([ofColumn!.message.split(':')[0], ofColumn!.at], ['option "fields.a.min" of table "t"', 50]);
  assert.deepEqual(
    read({ 'fields.a.min': '{{ secret.none }}', 'fields.b.min': '1' }, COLUMNS).map(({ code, at }) => [code, at]),
    [['MISSING_SECRET', 50]],
  );
});

test('a missing option is named with its prefix and what to add', () => {
  assert.deepEqual(read({}), [
    { code: 'MISSING_OPTION', message: 'table "t" lacks the option "api-key"', at: undefined, note: "add 'api-key' = '…' to WITH" },
  ]);
});

test('a missing secret is told once, and not as a missing option too', () => {
  assert.deepEqual(
    read({ 'api-key': '{{ secret.nope }}' }).map(({ code, at }) => [code, at]),
    [['MISSING_SECRET', 50]],
  );
});

test('all problems are told together, in the order of the text', () => {
  assert.deepEqual(
    read({ timeout: 'soon', nonsense: '1', 'api-key': '${NOWHERE}', mode: 'odd' }).map(({ code, at }) => [code, at]),
    [
      ['INVALID_OPTION', 50],
      ['UNKNOWN_OPTION', 100],
      ['MISSING_SECRET', 250],
      ['INVALID_OPTION', 350],
    ],
  );
});

test('a value that came from a secret or a variable is not shown', () => {
  const [problem] = read({ 'api-key': 'x', timeout: '{{ secret.pin }}' });
  assert.deepEqual([problem!.code, problem!.at], ['INVALID_OPTION', 150]);
  assert.equal(problem!.message, 'option "timeout" of table "t": expected a duration such as "500 ms" or "10 s", found "{{ secret.pin }}"');
  const [mode] = read({ 'api-key': 'x', mode: 'x${N}' });
  assert.ok(mode!.message.endsWith('found "x${N}"'), mode!.message);
  const strict = {
    schema: z.object({
      code: option(
        z.string().refine(value => value === '' || value.startsWith('{{')),
        { doc: 'Odd.' },
      ),
    }),
  };
  assert.equal(
    read({ code: '{{ secret.pin }}' }, [strict])[0]!.message,
    'option "code" of table "t": the value that it refers to is not accepted',
  );
});

test('a check does not look at values that refer to something, and not for what they would give', () => {
  assert.deepEqual(check({ 'api-key': '{{ secret.nope }}', timeout: '${NOWHERE}', mode: '{{ secret.nope }}' }), []);
  assert.deepEqual(
    check({ timeout: '${NOWHERE}', mode: 'odd', other: '1' }).map(({ code }) => code),
    ['MISSING_OPTION', 'INVALID_OPTION', 'UNKNOWN_OPTION'],
  );
});

test('a single problem is thrown as it is', () => {
  assert.throws(
    () => readOptions(given({}), [SERVICE], SECRETS),
    thrown => MillraceError.is(thrown),
  );
});

test('canonical keys let a later spelling replace an earlier one', () => {
  const one = canonicalOptions(given({ base_url: 'a', 'json.timeout': '1' }), [SERVICE, FORMAT]);
  const two = canonicalOptions(given({ 'base-url': 'b' }), [SERVICE, FORMAT]);
  assert.deepEqual(
    [...new Map([...one, ...two])],
    [
      ['endpoint', 'b'],
      ['json.timeout', '1'],
    ],
  );
});

test('names of object members are no options', () => {
  assert.deepEqual(
    read({ 'api-key': 'x', constructor: 'y', __proto__x: 'z' }).map(({ code }) => code),
    ['UNKNOWN_OPTION', 'UNKNOWN_OPTION'],
  );
});
