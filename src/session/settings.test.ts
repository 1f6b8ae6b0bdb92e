import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Settings } from './settings.js';

function setUp(environment: Readonly<Record<string, string>> = {}): { settings: Settings; warnings: string[] } {
  const warnings: string[] = [];
  return { settings: new Settings(environment, message => warnings.push(message)), warnings };
}

test('what was set counts until it is reset', () => {
  const { settings } = setUp();
  assert.equal(settings.options['pipeline.batch.max-rows'], 1_024);
  settings.set('pipeline.batch.max-rows', '10');
  settings.set('pipeline.name', 'nightly');
  assert.deepEqual([settings.options['pipeline.batch.max-rows'], settings.options['pipeline.name']], [10, 'nightly']);
  assert.deepEqual(settings.entries(), [
    ['pipeline.batch.max-rows', '10'],
    ['pipeline.name', 'nightly'],
  ]);
  settings.reset('pipeline.batch.max-rows');
  assert.equal(settings.options['pipeline.batch.max-rows'], 1_024);
  settings.reset(undefined);
  assert.deepEqual(settings.entries(), []);
});

test('a bad value is refused, and the last one stays', () => {
  const { settings } = setUp();
  settings.set('pipeline.batch.max-rows', '10');
  assert.throws(() => settings.set('pipeline.batch.max-rows', 'many'), { code: 'INVALID_OPTION' });
  assert.throws(() => settings.set('table.local-time-zone', 'Mars/Olympus'), { code: 'INVALID_OPTION' });
  assert.throws(() => settings.set('parallelism.default', '0'), { code: 'INVALID_OPTION' });
  assert.deepEqual([settings.options['pipeline.batch.max-rows'], settings.zone.name], [10, 'UTC']);
});

test('the address of the store of limits may hold a secret, is not shown, and is checked without showing it', () => {
  const { settings } = setUp({ MILLRACE_SECRET_LIMITS: 'redis://:hunter2@host/0' });
  settings.set('limits.store', 'redis://mill:hunter2@host:6379/0');
  assert.deepEqual(settings.entries(), [['limits.store', 'redis://mill:*******@host:6379/0']]);
  assert.equal(settings.limits['limits.store']?.reveal(), 'redis://mill:hunter2@host:6379/0');
  settings.set('limits.store', '{{ secret.limits }}');
  assert.equal(settings.limits['limits.store']?.reveal(), 'redis://:hunter2@host/0');
  assert.throws(
    () => settings.set('limits.store', 'hunter2'),
    (error: Error) => /expected an address such as "redis:/.test(error.message) && !error.message.includes('hunter2'),
  );
  assert.throws(() => settings.set('limits.store.timeout', '0 ms'), { code: 'INVALID_OPTION' });
  settings.set('limits.store', '{{ secret.nobody }}');
  assert.equal(settings.options['parallelism.default'], 1);
  assert.throws(() => settings.limits, { code: 'MISSING_SECRET' });
});

test('an unknown key is refused; one that Flink knows only warns', () => {
  const { settings, warnings } = setUp();
  assert.throws(() => settings.set('nonsense', '1'), { code: 'UNKNOWN_OPTION' });
  settings.set('table.exec.mini-batch.enabled', 'true');
  assert.deepEqual([warnings.length, settings.entries()], [1, []]);
  assert.match(warnings[0]!, /'table\.exec\.mini-batch\.enabled' has no effect/);
  settings.set('pipeline.batch.max-row', '5');
  assert.match(warnings[1]!, /did you mean "pipeline\.batch\.max-rows"\?/);
});

test('names of object members are no settings', () => {
  const { settings } = setUp();
  for (const key of ['constructor', 'toString', '__proto__']) assert.throws(() => settings.set(key, '1'), { code: 'UNKNOWN_OPTION' }, key);
});

test('a zone is known by its name or offset', () => {
  const { settings } = setUp();
  settings.set('table.local-time-zone', 'Europe/Berlin');
  assert.equal(settings.zone.name, 'Europe/Berlin');
  settings.set('table.local-time-zone', '+02:00');
  assert.equal(settings.zone.fixedOffset, 7_200_000_000);
});

test('settings may refer to the environment, and not to secrets', () => {
  const { settings } = setUp({ ROWS: '7', MILLRACE_SECRET_KEY: 'hidden' });
  settings.set('pipeline.batch.max-rows', '${ROWS}');
  assert.equal(settings.options['pipeline.batch.max-rows'], 7);
  settings.set('pipeline.name', '{{ secret.key }}');
  assert.throws(() => settings.options, { code: 'MISSING_SECRET' });
  settings.reset('pipeline.name');
  assert.equal(settings.secrets.secret('key'), 'hidden');
});
