import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { secretSource } from './secret-source.js';

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const { path, remove } = await temporaryFolder();
  try {
    await run(path);
  } finally {
    await remove();
  }
}

test('the environment goes first, also with an empty value', async () => {
  await inFolder(async path => {
    await writeFile(join(path, 'key'), 'from the folder');
    const source = secretSource({ MILLRACE_SECRET_KEY: 'from the environment', MILLRACE_SECRET_NONE: '', HOME: '/root' }, path);
    assert.equal(source.secret('key'), 'from the environment');
    assert.equal(source.secret('none'), '');
    assert.deepEqual([source.variable('HOME'), source.variable('KEY')], ['/root', undefined]);
  });
});

test('a folder has one file a secret; the newline at its end does not count', async () => {
  await inFolder(async path => {
    await writeFile(join(path, 'one'), 'value\n');
    await writeFile(join(path, 'two'), ' a\nb\r\n');
    const source = secretSource({}, path);
    assert.deepEqual([source.secret('one'), source.secret('two'), source.secret('three')], ['value', ' a\nb', undefined]);
  });
});

test('a file has lines of NAME=value, with comments', async () => {
  await inFolder(async path => {
    const file = join(path, 'secrets.env');
    await writeFile(file, '# key=comment\n\nkey = a=b \r\nother=\ntokenX\nbroken\n  spaced  =  x\n');
    const source = secretSource({}, file);
    assert.equal(source.secret('key'), 'a=b');
    assert.equal(source.secret('other'), '');
    assert.equal(source.secret('spaced'), 'x');
    // A line without "=" gives no secret, above all not one of a shorter name.
    assert.deepEqual(
      [source.secret('token'), source.secret('tokenX'), source.secret('broke'), source.secret('# key')],
      [undefined, undefined, undefined, undefined],
    );
  });
});

test('without a path, and where there is none, a secret is not set', () => {
  assert.equal(secretSource({}, undefined).secret('key'), undefined);
  assert.equal(secretSource({}, '/no/such/folder').secret('key'), undefined);
});

test('what cannot be read is an error that does not show a secret', async () => {
  await inFolder(async path => {
    await mkdir(join(path, 'key'));
    assert.throws(() => secretSource({}, path).secret('key'), { code: 'IO' });
  });
});
