import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, extensions } from 'millrace';
import { readSources } from './read-sources.js';

/** An option's schema, as far as this test looks at it. */
interface DocumentedOption {
  meta(): { readonly description?: string; readonly aliases?: readonly string[] } | undefined;
}

test('every error code is thrown somewhere', () => {
  const { 'common/error-codes.ts': table, ...rest } = Object.fromEntries(readSources());
  assert.ok(table);
  const code = Object.values(rest).join('\n');
  const unused = Object.keys(ERROR_CODES).filter(name => !code.includes(`'${name}'`));
  assert.deepEqual(unused, []);
});

test('every code says in one sentence what happened, and in one what to do', () => {
  for (const [name, { summary, fix }] of Object.entries(ERROR_CODES)) {
    for (const sentence of [summary, fix]) assert.match(sentence, /^[A-Z].*\.$/, name);
  }
});

test('every option of an extension has a doc sentence, and no two options share a spelling', async () => {
  for (const kind of ['connectors', 'formats', 'providers', 'runtimes'] as const) {
    for (const [name, load] of Object.entries(extensions[kind])) {
      const { options } = await load();
      const spellings: string[] = [];
      for (const [key, option] of Object.entries(options.shape as Readonly<Record<string, DocumentedOption>>)) {
        const { description, aliases = [] } = option.meta() ?? {};
        assert.match(description ?? '', /^[A-Z].*\.$/, `${name}: ${key}`);
        assert.match(key, /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/, `${name}: ${key}`);
        spellings.push(key, ...aliases);
      }
      assert.equal(new Set(spellings).size, spellings.length, name);
    }
  }
});
