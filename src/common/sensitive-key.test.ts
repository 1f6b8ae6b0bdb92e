import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSensitiveKey, maskPasswords, maskSecrets } from './sensitive-key.js';

test('keys of credentials are sensitive, keys that count tokens are not', () => {
  for (const key of [
    'api-key',
    'api_key',
    'apikey',
    'model.s3.secret-key',
    'model.s3.access-key',
    'password',
    'auth-token',
    'token',
    'custom-headers',
  ])
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

test('the value of a mistyped key of a credential is masked, that of a plain key is not', () => {
  for (const key of ['api_kye', 'apikye', 'api-kee', 'pasword', 'secrt', 'model.s3.secrte-key', 'acess-key', 'auth-tokn', 'toekn'])
    assert.equal(maskSecrets(`'${key}' = 'abc'`), `'${key}' = '***'`, key);
  const plain = [
    'max-tokens',
    'model',
    'temperature',
    'key.format',
    'tokenizer-path',
    'topic',
    'endpoint',
    'rows-per-second',
    'path',
    'splits',
  ];
  for (const key of plain) assert.equal(maskSecrets(`'${key}' = 'abc'`), `'${key}' = 'abc'`, key);
});

test('strings of any length are looked through', () => {
  const long = 'x'.repeat(20_000_000);
  assert.equal(maskSecrets(`'${long}' = 'a', 'password' = 'it''s'`).slice(-20), "'password' = '*****'");
});

test('the password of an address is masked wherever it stands, a reference is not', () => {
  assert.equal(
    maskSecrets("-- redis://mill:hunter2@host:6379/0\nSET 'x' = 'rediss://:${PW}@host'; SET 'limits.store' = 'redis//:hunter2@host'"),
    "-- redis://mill:*******@host:6379/0\nSET 'x' = 'rediss://:${PW}@host'; SET 'limits.store' = '********************'",
  );
  assert.equal(maskPasswords('http://host:80/a@b and mail@host'), 'http://host:80/a@b and mail@host');
});

test('what opens a presigned address is masked, and the rest of it is not', () => {
  const shown = maskPasswords("'https://b.s3.amazonaws.com/m.onnx?versionId=7&X-Amz-Signature=abcdef&X-Amz-Expires=60&token=xyz'");
  assert.equal(shown, "'https://b.s3.amazonaws.com/m.onnx?versionId=7&X-Amz-Signature=******&X-Amz-Expires=60&token=***'");
});
