import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPlaceholder, resolvePlaceholders, secretVariable, type SecretSource } from './placeholders.js';

const SOURCE: SecretSource = {
  secret: name => ({ key: 's3cret', 'a.b-c': 'dotted', empty: '' })[name],
  variable: name => ({ HOST: 'example.org', _x1: 'low' })[name],
};

test('secrets and variables are put in, wherever they stand', () => {
  assert.equal(resolvePlaceholders('{{ secret.key }}', SOURCE), 's3cret');
  assert.equal(resolvePlaceholders('https://${HOST}/{{secret.a.b-c}}?x=${_x1}', SOURCE), 'https://example.org/dotted?x=low');
  assert.equal(resolvePlaceholders('no placeholder: $HOST, {HOST}, {{ key }}', SOURCE), 'no placeholder: $HOST, {HOST}, {{ key }}');
});

test('a value that looks like a pattern or a placeholder is put in as it is', () => {
  assert.equal(
    resolvePlaceholders('<${A}>', { secret: () => undefined, variable: () => '$& $1 ${A} {{ secret.key }}' }),
    '<$& $1 ${A} {{ secret.key }}>',
  );
});

test('an empty secret is as good as none', () => {
  assert.throws(() => resolvePlaceholders('[{{ secret.empty }}]', SOURCE), { code: 'MISSING_SECRET' });
});

test('what is missing is named, with the place to set it', () => {
  assert.throws(
    () => resolvePlaceholders('{{ secret.openai-key }}', SOURCE),
    (thrown: { code: string; message: string; notes: { message: string }[] }) => {
      assert.equal(thrown.code, 'MISSING_SECRET');
      assert.match(thrown.message, /"openai-key"/);
      assert.match(thrown.notes[0]!.message, /MILLRACE_SECRET_OPENAI_KEY/);
      return true;
    },
  );
  assert.throws(() => resolvePlaceholders('[{{ secret.empty }}]', SOURCE), { code: 'MISSING_SECRET' });
  assert.throws(() => resolvePlaceholders('${NOWHERE}', SOURCE), {
    code: 'MISSING_SECRET',
    message: 'environment variable "NOWHERE" is not set',
  });
});

test('a text tells whether it refers to anything, each time', () => {
  for (let i = 0; i < 3; i++) {
    assert.equal(hasPlaceholder('{{ secret.key }}'), true);
    assert.equal(hasPlaceholder('${HOST}'), true);
    assert.equal(hasPlaceholder('${not a name}'), false);
  }
});

test('the variable of a secret has only letters, digits and _', () => {
  assert.equal(secretVariable('open-ai.key1'), 'MILLRACE_SECRET_OPEN_AI_KEY1');
});
