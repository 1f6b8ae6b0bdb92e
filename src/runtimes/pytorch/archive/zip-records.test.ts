import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { readZipRecords } from './zip-records.js';
import { zip } from './zip.test.fixture.js';

const bytes = (value: string): Uint8Array => Buffer.from(value);

async function refusal(file: Uint8Array, read?: string): Promise<string> {
  try {
    const records = await readZipRecords(file);
    if (read !== undefined) records.read(read);
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return error.message;
  }
  return assert.fail('the zip file was read');
}

test('stored and compressed records are read', async () => {
  const records = await readZipRecords(
    zip([
      { name: 'm/a', content: bytes('alpha') },
      { name: 'm/b', content: bytes('beta '.repeat(100)), method: 8 },
    ]),
  );
  assert.deepEqual(records.names, ['m/a', 'm/b']);
  assert.equal(Buffer.from(records.read('m/a')).toString(), 'alpha');
  assert.equal(Buffer.from(records.read('m/b')).toString(), 'beta '.repeat(100));
  assert.equal(records.sizeOf('m/b'), 500);
});

test('names that climb or are absolute, duplicates, encryption and unknown compression are refused', async () => {
  const content = bytes('x');
  assert.match(await refusal(zip([{ name: '../etc/passwd', content }])), /invalid relative path/);
  assert.match(await refusal(zip([{ name: '/etc/passwd', content }])), /absolute path/);
  assert.match(
    await refusal(
      zip([
        { name: 'm/a', content },
        { name: 'm/a', content },
      ]),
    ),
    /twice/,
  );
  assert.match(await refusal(zip([{ name: 'm/a', content, flags: 1 }])), /encrypted|size mismatch/);
  assert.match(await refusal(zip([{ name: 'm/a', content, method: 12 }])), /method 12/);
});

test('a bomb is refused before it unpacks', async () => {
  const zeros = new Uint8Array(20_000_000);
  assert.match(await refusal(zip([{ name: 'm/a', content: zeros, method: 8 }])), /unpacks to more than/);
  // The directory lies about the size: no more is unpacked than it says.
  assert.match(await refusal(zip([{ name: 'm/a', content: zeros, method: 8, size: 100 }]), 'm/a'), /cannot be unpacked|another size/);
});

test('a record with a wrong checksum is refused', async () => {
  assert.match(await refusal(zip([{ name: 'm/a', content: bytes('x'), checksum: 1 }]), 'm/a'), /its checksum differs/);
});

test('archives of PyTorch are read, plain and compressed', async () => {
  for (const name of ['mlp-trace', 'transformer-script']) {
    const records = await readZipRecords(await readFile(`tests/fixtures/pytorch/torch-2.15/${name}.pt`));
    assert.ok(records.names.some(each => each.endsWith('/data.pkl')));
    for (const each of records.names) records.read(each);
  }
});
