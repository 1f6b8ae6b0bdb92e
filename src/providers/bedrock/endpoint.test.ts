import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bedrockEndpoint, operationUrl } from './endpoint.js';

test('the region makes the address', () => {
  const addresses: readonly (readonly [string, string])[] = [
    ['us-east-1', 'https://bedrock-runtime.us-east-1.amazonaws.com'],
    ['us-gov-west-1', 'https://bedrock-runtime.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', 'https://bedrock-runtime.eusc-de-east-1.amazonaws.eu'],
  ];
  for (const [region, baseUrl] of addresses) assert.deepEqual(bedrockEndpoint({ region }), { baseUrl, region });
});

test('an address of AWS names the region, and the option wins', () => {
  const regions: readonly (readonly [string, string])[] = [
    ['https://bedrock-runtime.eu-west-3.amazonaws.com', 'eu-west-3'],
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/', 'us-gov-west-1'],
    ['https://vpce-1a2b-3c4d.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'us-east-1'],
    ['https://bedrock-runtime.ap-south-1.api.aws', 'ap-south-1'],
  ];
  for (const [endpoint, region] of regions) assert.equal(bedrockEndpoint({ endpoint }).region, region);
  const proxy = bedrockEndpoint({ endpoint: 'http://127.0.0.1:8080/aws/', region: 'us-west-2' });
  assert.deepEqual(proxy, { baseUrl: 'http://127.0.0.1:8080/aws', region: 'us-west-2' });
});

test('a model id is one part of the path, whatever it contains', () => {
  const endpoint = bedrockEndpoint({ region: 'us-east-1' });
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0';
  assert.equal(
    operationUrl(endpoint, arn, 'converse'),
    'https://bedrock-runtime.us-east-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse',
  );
});

test('what is no region or no address is refused before anything is sent there', () => {
  assert.throws(() => bedrockEndpoint({}), { code: 'MISSING_OPTION', message: /"region"/ });
  assert.throws(() => bedrockEndpoint({ endpoint: 'http://127.0.0.1:8080' }), { code: 'MISSING_OPTION' });
  assert.throws(() => bedrockEndpoint({ endpoint: 'https://bedrock-runtime.us-east-1.amazonaws.com.evil.test' }), {
    code: 'MISSING_OPTION',
  });
  for (const region of ['', 'us-east', 'evil.test/#', 'us-east-1.evil.test'])
    assert.throws(() => bedrockEndpoint({ region }), { code: 'INVALID_OPTION' }, region);
  for (const endpoint of ['bedrock.test', 'ftp://bedrock.test', 'http://bedrock.test/?a=b', 'http://me@bedrock.test'])
    assert.throws(() => bedrockEndpoint({ endpoint, region: 'us-east-1' }), { code: 'INVALID_OPTION' }, endpoint);
});
