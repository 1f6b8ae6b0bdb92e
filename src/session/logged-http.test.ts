import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import type { LogFields, Logger } from '../common/logger.js';
import type { HttpRequest, HttpResponse } from '../spec/provider.js';
import { loggedHttp } from './logged-http.js';

const REQUEST: HttpRequest = {
  method: 'POST',
  url: 'http://user:word@127.0.0.1:8080/v1/chat?key=secret1',
  headers: { authorization: 'Bearer secret1' },
  body: '{"prompt":"secret1 and a question"}',
  signal: new AbortController().signal,
};

function setUp(answer: () => Promise<HttpResponse>) {
  const lines: [string, LogFields | undefined][] = [];
  const debug: Logger['debug'] = (message, fields) => void lines.push([message, fields]);
  const never = (): never => assert.fail('prompts are for debugging');
  const http = loggedHttp(
    { request: answer },
    { log: { debug, info: never, warn: never, error: never }, model: 'chat', mask: text => text.replaceAll('secret1', '******') },
  );
  return { http, lines };
}

test('what is asked and answered, without headers, the query of the address, and secrets', async () => {
  const { http, lines } = setUp(() => Promise.resolve({ status: 200, headers: { 'set-cookie': 'secret1' }, body: 'echo secret1' }));
  assert.equal((await http.request(REQUEST)).body, 'echo secret1');
  assert.deepEqual(lines, [
    [
      'request to the model',
      { model: 'chat', method: 'POST', url: 'http://127.0.0.1:8080/v1/chat', body: '{"prompt":"****** and a question"}' },
    ],
    ['answer of the model', { model: 'chat', status: 200, body: 'echo ******' }],
  ]);
});

test('a long body is cut after it was masked; bytes are counted', async () => {
  const { http, lines } = setUp(() => Promise.resolve({ status: 200, headers: {}, body: '', bytes: new Uint8Array(9) }));
  await http.request({ ...REQUEST, body: `${'x'.repeat(3_998)}secret1${'y'.repeat(100)}` });
  assert.equal(lines[0]![1]!['body'], `${'x'.repeat(3_998)}**… (4104 characters)`);
  assert.equal(lines[1]![1]!['body'], '9 bytes');
});

test('no answer is a line too', async () => {
  const { http, lines } = setUp(() => Promise.reject(new MillraceError({ code: 'UNREACHABLE', message: 'reset' })));
  await assert.rejects(http.request(REQUEST), { code: 'UNREACHABLE' });
  assert.deepEqual(lines[1], ['no answer of the model', { model: 'chat', reason: 'reset' }]);
});
