import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { moduleLoader } from './module-loader.js';

test('a path starts at the folder, a package is one of the folder', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const load = moduleLoader(path);
    await mkdir(join(path, 'node_modules/tools'), { recursive: true });
    await writeFile(join(path, 'a b.mjs'), 'export const name = "a";');
    await writeFile(join(path, 'node_modules/tools/package.json'), '{ "type": "module", "main": "index.js" }');
    await writeFile(join(path, 'node_modules/tools/index.js'), 'export const name = "tools";');
    for (const specifier of ['./a b.mjs', 'a b.mjs', join(path, 'a b.mjs'), pathToFileURL(join(path, 'a b.mjs')).href])
      assert.equal((await load(specifier))['name'], 'a', specifier);
    assert.equal((await load('tools'))['name'], 'tools');
    assert.equal(typeof (await load('zod'))['z'], 'object');
    await assert.rejects(load('./missing.mjs'), { code: 'ERR_MODULE_NOT_FOUND' });
  } finally {
    await remove();
  }
});
