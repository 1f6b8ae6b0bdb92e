import assert from 'node:assert/strict';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { freshSignal, locate, readAll, refusal } from './location.test.fixture.js';

async function folder(test: TestContext): Promise<string> {
  const { path, remove } = await temporaryFolder();
  test.after(remove);
  return path;
}

test('a file is found by path and by URL, and its version changes when it is replaced', async context => {
  const path = join(await folder(context), 'model #1.bin');
  await writeFile(path, 'first');
  const location = locate(context, pathToFileURL(path).href);
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.files[0]!.size, location.localPath], ['file', 5, path]);
  assert.equal(await readAll(location, seen.files[0]!, 2), 'rst');
  assert.equal((await locate(context, path).observe(freshSignal())).version, seen.version);
  await writeFile(`${path}.new`, 'other');
  await rename(`${path}.new`, path);
  assert.notEqual((await location.observe(freshSignal())).version, seen.version);
  assert.equal((await refusal(locate(context, `${path}x`).observe(freshSignal()))).code, 'FILE_NOT_FOUND');
});

test('a folder is listed with all below it; links are followed, dangling ones are not there', async context => {
  const root = await folder(context);
  await mkdir(join(root, 'm', 'variables'), { recursive: true });
  await writeFile(join(root, 'm', 'saved_model.pb'), 'graph');
  await writeFile(join(root, 'm', 'variables', 'v'), 'weights');
  await symlink('variables/v', join(root, 'm', 'same'));
  const location = locate(context, join(root, 'm'));
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.files.map(({ path }) => path)], ['folder', ['same', 'saved_model.pb', 'variables/v']]);
  assert.equal(await readAll(location, seen.files[2]!), 'weights');
  await writeFile(join(root, 'blob'), 'x');
  await symlink('../blob', join(root, 'm', 'shared'));
  await symlink('nowhere', join(root, 'm', 'gone'));
  assert.equal(
    await readAll(
      location,
      (await location.observe(freshSignal())).files.find(({ path }) => path === 'shared')!,
    ),
    'x',
  );
});

test('a mounted volume of Kubernetes is read by its links', async context => {
  const root = await folder(context);
  await mkdir(join(root, 'm', '..2026_11_21'), { recursive: true });
  await writeFile(join(root, 'm', '..2026_11_21', 'model'), 'v1');
  await symlink('..2026_11_21', join(root, 'm', '..data'));
  await symlink('..data/model', join(root, 'm', 'model'));
  const seen = await locate(context, join(root, 'm')).observe(freshSignal());
  assert.deepEqual(
    seen.files.map(({ path }) => path),
    ['model'],
  );
});

test('a folder that links into itself ends', async context => {
  const root = await folder(context);
  await mkdir(join(root, 'm'));
  await symlink('.', join(root, 'm', 'again'));
  assert.match((await refusal(locate(context, join(root, 'm')).observe(freshSignal()))).message, /more than 32 folders deep/);
});

test('other schemes are refused with the ones that are known', async context => {
  await assert.rejects(async () => locate(context, 'gopher://models/m'), {
    code: 'INVALID_OPTION',
    message: 'models are not read from gopher://',
  });
  await assert.rejects(async () => locate(context, 'file://elsewhere/m'), { code: 'INVALID_OPTION' });
});
