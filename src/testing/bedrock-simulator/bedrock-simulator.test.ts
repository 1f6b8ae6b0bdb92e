import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request as httpRequest } from 'undici';
import { signatureOf } from './signature.js';
import { startBedrockSimulator, type BedrockSimulator } from './bedrock-simulator.js';
import type { BedrockSimulatorOptions } from './simulator-options.js';

const BEARER = { authorization: 'Bearer any' };
const CONVERSE = '/model/amazon.nova-lite-v1%3A0/converse';
const HELLO = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] };

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly method?: 'GET' | 'POST';
}

async function send(
  { url }: BedrockSimulator,
  { path = CONVERSE, headers = BEARER, body = HELLO, method = 'POST' }: Sent = {},
): Promise<Answer> {
  const text = method === 'GET' ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await httpRequest(url + path, { method, headers, body: text });
  return { status: answer.statusCode, headers: answer.headers, json: (await answer.body.json()) as Answer['json'] };
}

async function within(options: Partial<BedrockSimulatorOptions>, run: (simulator: BedrockSimulator) => Promise<void>): Promise<void> {
  const simulator = await startBedrockSimulator(options);
  try {
    await run(simulator);
  } finally {
    await simulator.close();
  }
}

interface Forgery {
  readonly scope?: string;
  readonly timestamp?: string;
  readonly signedHeaders?: readonly string[];
  readonly extra?: Readonly<Record<string, string>>;
}

/** The headers of a rightly signed `HELLO`, but for what `forgery` says. */
function signed(
  { url }: BedrockSimulator,
  { scope, timestamp = basicTime(), signedHeaders, extra = {} }: Forgery = {},
): Record<string, string> {
  const parts = {
    method: 'POST',
    path: CONVERSE,
    query: new URLSearchParams(),
    headers: { host: new URL(url).host, 'x-amz-date': timestamp, ...extra },
    signedHeaders: signedHeaders ?? ['host', 'x-amz-date'],
    body: Buffer.from(JSON.stringify(HELLO)),
    timestamp,
    scope: scope ?? `${timestamp.slice(0, 8)}/us-east-1/bedrock/aws4_request`,
  };
  const signature = signatureOf(parts, 'simulated-secret');
  return {
    ...extra,
    'x-amz-date': timestamp,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIASIMULATED/${parts.scope}, SignedHeaders=${parts.signedHeaders.join(';')}, Signature=${signature}`,
  };
}

function basicTime(): string {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, '');
}

/** The exception of an answer: its name and words. */
function exceptionOf({ status, headers, json }: Answer): readonly [number, string | undefined, unknown] {
  return [status, String(headers['x-amzn-errortype'] ?? '').split(':')[0], json['message'] ?? json['Message']];
}

test('an answer has the members of Converse, and headers of AWS', () =>
  within({ latency: { kind: 'fixed', ms: 30 } }, async simulator => {
    const { status, headers, json } = await send(simulator, { headers: signed(simulator) });
    assert.equal(status, 200);
    assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.deepEqual(json['metrics'], { latencyMs: 30 });
    assert.equal(json['stopReason'], 'end_turn');
    assert.deepEqual(json['usage'], { cacheReadInputTokens: 0, cacheWriteInputTokens: 0, inputTokens: 2, outputTokens: 7, totalTokens: 9 });
    const again = await send(simulator, { headers: signed(simulator) });
    assert.deepEqual(again.json, json);
  }));

test('requests that are not, wrongly or half signed', () =>
  within({}, async simulator => {
    const date = basicTime().slice(0, 8);
    const cases: readonly (readonly [Sent, string, RegExp])[] = [
      [{ headers: {} }, 'MissingAuthenticationTokenException', /^Missing Authentication Token$/],
      [
        { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AKIASIMULATED' } },
        'IncompleteSignatureException',
        /requires 'Credential'/,
      ],
      [{ headers: { ...signed(simulator), 'x-amz-date': 'today' } }, 'IncompleteSignatureException', /basic format/],
      [{ headers: signed(simulator), body: { ...HELLO, inferenceConfig: {} } }, 'InvalidSignatureException', /does not match/],
      [{ headers: signed(simulator), path: '/model/amazon.nova-pro-v1%3A0/converse' }, 'InvalidSignatureException', /does not match/],
      [{ headers: signed(simulator), path: `${CONVERSE}?a=b` }, 'InvalidSignatureException', /does not match/],
      [{ headers: signed(simulator, { signedHeaders: ['x-amz-date'] }) }, 'InvalidSignatureException', /'host' must be a 'SignedHeader'/],
      [{ headers: signed(simulator, { extra: { 'x-amz-target': 't' } }) }, 'InvalidSignatureException', /'x-amz-target' must be/],
      [
        { headers: signed(simulator, { scope: `${date}/eu-west-1/bedrock/aws4_request` }) },
        'InvalidSignatureException',
        /valid region, not 'eu-west-1'/,
      ],
      [
        { headers: signed(simulator, { scope: `${date}/us-east-1/s3/aws4_request` }) },
        'InvalidSignatureException',
        /correct service: 'bedrock'/,
      ],
      [
        { headers: signed(simulator, { scope: '20200101/us-east-1/bedrock/aws4_request' }) },
        'InvalidSignatureException',
        /Date in Credential scope/,
      ],
      [
        { headers: signed(simulator, { timestamp: '20200101T000000Z' }) },
        'InvalidSignatureException',
        /Signature expired: 20200101T000000Z/,
      ],
      [{ headers: signed(simulator, { timestamp: '20990101T000000Z' }) }, 'InvalidSignatureException', /Signature not yet current/],
      [
        {
          headers: signed(simulator, {
            extra: { 'x-amz-security-token': 't' },
            signedHeaders: ['host', 'x-amz-date', 'x-amz-security-token'],
          }),
        },
        'UnrecognizedClientException',
        /security token .* is invalid/,
      ],
    ];
    for (const [sent, name, message] of cases) {
      const [status, found, words] = exceptionOf(await send(simulator, sent));
      assert.deepEqual([status, found], [403, name]);
      assert.match(String(words), message);
    }
    assert.equal(simulator.stats().answeredInputs, 0);
  }));

test('what Converse refuses', () =>
  within({}, async simulator => {
    const [message] = HELLO.messages;
    const tools = [{ toolSpec: { name: 't', inputSchema: { json: { type: 'object', properties: {}, additionalProperties: false } } } }];
    const schemaOf = (schema: object) => ({
      textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
    });
    const strict = { type: 'object', properties: {}, additionalProperties: false };
    const cases: readonly (readonly [Sent, RegExp])[] = [
      [{ body: '{' }, /not a JSON object/],
      [{ body: {} }, /at least one message/],
      [{ body: { messages: [{ ...message, role: 'assistant' }] } }, /start with a user message/],
      [{ body: { messages: [message, message] } }, /alternate between user and assistant/],
      [{ body: { messages: [{ role: 'user', content: [{ text: ' ' }] }] } }, /ContentBlock object at messages\.0\.content\.0 is blank/],
      [{ body: { ...HELLO, stream: true } }, /'stream'/],
      [{ body: { ...HELLO, system: [{ text: 'x' }, { cachePoint: { type: 'default', ttl: '2h' } }] } }, /system\.1\.cachePoint/],
      [
        { body: { ...HELLO, inferenceConfig: { temperature: 2 } } },
        /Value '2' at 'inferenceConfig\.temperature' .* less than or equal to 1/,
      ],
      [{ body: { ...HELLO, inferenceConfig: { maxTokens: 0 } } }, /greater than or equal to 1/],
      [{ body: { ...HELLO, guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: 'new' } } }, /guardrail identifier or version/],
      [{ body: { ...HELLO, outputConfig: schemaOf(strict) } }, /doesn't support the outputConfig\.textFormat/],
      [
        { path: '/model/anthropic.claude-x/converse', body: { ...HELLO, outputConfig: schemaOf({ type: 'object', properties: {} }) } },
        /'additionalProperties' must be explicitly set to false/,
      ],
      [
        { path: '/model/meta.llama3-1-8b-instruct-v1%3A0/converse', body: { ...HELLO, toolConfig: { tools, toolChoice: { any: {} } } } },
        /doesn't support the toolConfig\.toolChoice\.any/,
      ],
    ];
    for (const [sent, words] of cases) {
      const [status, name, text] = exceptionOf(await send(simulator, sent));
      assert.deepEqual([status, name], [400, 'ValidationException'], String(words));
      assert.match(String(text), words);
    }
    const forced = await send(simulator, { body: { ...HELLO, toolConfig: { tools, toolChoice: { tool: { name: 't' } } } } });
    assert.equal(forced.json['stopReason'], 'tool_use');
  }));

test('what embedding models refuse', () =>
  within({}, async simulator => {
    const titan = '/model/amazon.titan-embed-text-v2%3A0/invoke';
    const cohere = '/model/cohere.embed-english-v3/invoke';
    const cases: readonly (readonly [string, object, RegExp])[] = [
      [titan, {}, /required key \[inputText\] not found/],
      [titan, { inputText: 'x', dimensions: 7 }, /#\/dimensions: 7 is not a valid enum value/],
      [titan, { inputText: 'x', texts: [] }, /extraneous key \[texts\]/],
      [cohere, { texts: ['x'] }, /required key \[input_type\] not found/],
      [cohere, { texts: Array(97).fill('x'), input_type: 'search_query' }, /maximum item count: 96, found: 97/],
      ['/model/amazon.nova-lite-v1%3A0/invoke', { inputText: 'x' }, /use Converse/],
    ];
    for (const [path, body, words] of cases) {
      const [status, name, text] = exceptionOf(await send(simulator, { path, body }));
      assert.deepEqual([status, name], [400, 'ValidationException'], String(words));
      assert.match(String(text), words);
    }
    const answer = await send(simulator, { path: cohere, body: { texts: ['a text', 'b'], input_type: 'search_query' } });
    assert.equal(answer.headers['x-amzn-bedrock-input-token-count'], '3');
    assert.equal((answer.json['embeddings'] as number[][]).length, 2);
  }));

test('limits are told by throttles alone', () =>
  within({ 'tokens-per-minute': 10 }, async simulator => {
    const first = await send(simulator);
    assert.equal(first.status, 200);
    const [status, name, message] = exceptionOf(await send(simulator));
    assert.deepEqual([status, name, message], [429, 'ThrottlingException', 'Too many tokens, please wait before trying again.']);
    assert.ok(!Object.keys(first.headers).some(header => /limit|retry/.test(header)));
  }));

test('addresses that are none', () =>
  within({}, async simulator => {
    for (const sent of [{ path: '/model/x/converse-stream' }, { path: '/' }, { method: 'GET' }] as const) {
      const { status, json } = await send(simulator, sent);
      assert.deepEqual([status, json['Version']], [404, '1.0']);
    }
  }));
