import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../spec/option.js';
import { SecretMask } from './secret-mask.js';

test('secrets are masked from when they are read, in every form they may stand in', () => {
  const mask = new SecretMask();
  const value = 'sk-"quoted"/&more';
  const source = mask.watching({ secret: name => (name === 'key' ? value : undefined), variable: () => 'not-a-secret' });
  assert.equal(mask.mask(`is ${value}`), `is ${value}`);
  assert.equal(source.secret('key'), value);
  assert.equal(source.secret('other'), undefined);
  assert.equal(source.variable('path'), 'not-a-secret');
  assert.equal(mask.mask(`a ${value} b ${value}`), 'a ****** b ******');
  assert.equal(mask.mask(JSON.stringify({ key: value })), '{"key":"******"}');
  assert.equal(mask.mask(`?key=${encodeURIComponent(value)}`), '?key=******');
  assert.equal(mask.mask('not-a-secret'), 'not-a-secret');
});

test('credentials of options are masked wherever they are', () => {
  const mask = new SecretMask();
  mask.learn({
    'api-key': new Secret('sk-first'),
    headers: { token: new Secret('t0ken-second') },
    model: 'gpt-4o-mini',
    n: 1,
    none: undefined,
  });
  assert.equal(mask.mask('sk-first t0ken-second gpt-4o-mini'), '****** ****** gpt-4o-mini');
});

test('a secret of a few letters does not make texts unreadable', () => {
  const mask = new SecretMask();
  mask.learn({ 'api-key': new Secret('key') });
  assert.equal(mask.mask('the key'), 'the key');
});
