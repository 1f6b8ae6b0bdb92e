import assert from 'node:assert/strict';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { OutputFile } from './output-file.js';

test('text is written in its charset and in order, however much it is', async context => {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  const path = join(folder.path, 'a');
  const file = await OutputFile.create(path, 'latin1');
  const parts = Array.from({ length: 100 }, (_, i) => `é${i}`.repeat(2_000));
  for (const part of parts) await file.write(part);
  assert.equal(file.size, parts.join('').length);
  await file.finish();
  assert.equal(await readFile(path, 'latin1'), parts.join(''));
  await assert.rejects(OutputFile.create(path, 'utf8'), { code: 'IO' });
});

test('a full disk is an error that names the file', async () => {
  const file = new OutputFile('/somewhere/out', 'utf8', await open('/dev/full', 'w'));
  await assert.rejects(
    async () => {
      for (;;) await file.write('x'.repeat(100_000));
    },
    { code: 'IO', message: 'cannot write "/somewhere/out": no space is left on the disk' },
  );
  await file.discard();
});
