import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../spec/option.js';
import { parseFileAddress } from './file-address.js';

test('a path behind the scheme is below the working directory, as written', () => {
  for (const path of ['./answers', 'answers', '../a b/answers', 'a%20b#c?d'])
    assert.equal(parseFileAddress(new Secret(`file:${path}`)), resolve(path));
  assert.equal(parseFileAddress(new Secret('file:/var/lib/answers')), '/var/lib/answers');
  assert.equal(parseFileAddress(new Secret('FILE:./answers')), resolve('answers'));
});

test('an address with slashes is that of a file in a browser', () => {
  assert.equal(parseFileAddress(new Secret('file:///var/lib/a%20b')), '/var/lib/a b');
});

test('no folder, another machine and a broken escape are refused with how to write it', () => {
  for (const [url, why] of [
    ['file:', 'names no folder'],
    ['file: ', 'names no folder'],
    ['file://host/answers', 'is not a path on this machine'],
    ['file:///a%2Fb', 'is not a path on this machine'],
  ] as const) {
    assert.throws(() => parseFileAddress(new Secret(url)), { code: 'INVALID_OPTION', message: `the address of the folder ${why}` }, url);
  }
});
