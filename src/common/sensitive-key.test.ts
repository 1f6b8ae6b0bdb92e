import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSensitiveKey, maskSecrets } from './sensitive-key.js';

test('keys of credentials are sensitive, keys that count tokens are not', () => {
  for (const key of ['api-key', 'api_key', 'apikey', 'model.s3.secret-key', 'model.s3.access-key', 'password', 'auth-token', 'token'])
    assert.equal(isSensitiveKey(key), true, key);
  for (const key of ['max-tokens', 'max_tokens', 'model', 'key.format', 'tokenizer-path']) assert.equal(isSensitiveKey(key), false, key);
});

test('values of sensitive keys become asterisks of the same length, whatever else stands in the text', () => {
  assert.equal(
    maskSecrets("WITH ('model' = 'x', 'api_key' = 'sk-1''2', 'n' = '1')"),
    "WITH ('model' = 'x', 'api_key' = '*******', 'n' = '1')",
  );
  assert.equal(maskSecrets("MAP['api-key','abc']"), "MAP['api-key','***']");
  assert.equal(
    maskSecrets("('api-key' = '${OPENAI_API_KEY}', 'password' = '{{ secret.db }}')"),
    "('api-key' = '${OPENAI_API_KEY}', 'password' = '{{ secret.db }}')",
  );
  assert.equal(maskSecrets("'api-key' =\n  'abc'"), "'api-key' =\n  '***'");
});
