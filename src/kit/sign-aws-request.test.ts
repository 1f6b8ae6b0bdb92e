import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../spec/option.js';
import { signatureOf } from '../testing/bedrock-simulator/signature.js';
import { signAwsRequest, type SignableRequest } from './sign-aws-request.js';

// Of AWS's test suite for Signature Version 4.
const ACCESS_KEY = 'AKIDEXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
const NOW = Date.UTC(2015, 7, 30, 12, 36, 0);
const SCOPE = '20150830/us-east-1/service/aws4_request';

const get: SignableRequest = { method: 'GET', url: 'https://example.amazonaws.com/', headers: {}, body: '' };
const post: SignableRequest = { ...get, method: 'POST' };
const form = { ...post, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Param1=value1' };

interface Vector {
  readonly name: string;
  readonly request: SignableRequest;
  readonly token?: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const VECTORS: readonly Vector[] = [
  {
    name: 'get-vanilla',
    request: get,
    signedHeaders: ['host', 'x-amz-date'],
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    request: { ...get, url: 'https://example.amazonaws.com/?Param2=value2&Param1=value1' },
    signedHeaders: ['host', 'x-amz-date'],
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'post-vanilla',
    request: post,
    signedHeaders: ['host', 'x-amz-date'],
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-x-www-form-urlencoded',
    request: form,
    signedHeaders: ['content-type', 'host', 'x-amz-date'],
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    name: 'post-sts-header-before',
    request: post,
    token: TOKEN,
    signedHeaders: ['host', 'x-amz-date', 'x-amz-security-token'],
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
];

for (const { name, request, token, signedHeaders, signature } of VECTORS) {
  test(`${name}: the signature that AWS publishes, here and in the simulator`, async () => {
    const keys = { accessKeyId: ACCESS_KEY, secretAccessKey: new Secret(SECRET), ...(token && { sessionToken: new Secret(token) }) };
    assert.deepEqual(await signAwsRequest(request, { keys, region: 'us-east-1', service: 'service', nowMs: NOW }), {
      authorization: `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/${SCOPE}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
      'x-amz-date': '20150830T123600Z',
      ...(token && { 'x-amz-security-token': token }),
    });
    const { pathname: path, searchParams: query, host } = new URL(request.url);
    const headers = { ...request.headers, host, 'x-amz-date': '20150830T123600Z', ...(token && { 'x-amz-security-token': token }) };
    const body = Buffer.from(request.body);
    const parts = { method: request.method, path, query, headers, signedHeaders, body, timestamp: '20150830T123600Z', scope: SCOPE };
    assert.equal(signatureOf(parts, SECRET), signature);
  });
}
