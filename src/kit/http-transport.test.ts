import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { startOpenAiSimulator } from '../testing/openai-simulator/openai-simulator.js';
import { createHttpTransport } from './http-transport.js';

function freshSignal(): AbortSignal {
  return new AbortController().signal;
}

async function listen(onConnection: (socket: Socket) => void): Promise<{ server: Server; url: string }> {
  const server = createServer(onConnection);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('status, lower-case headers and body of any answer', async () => {
  const { server, url } = await listen(socket => {
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 418 Teapot\r\nX-Mixed-Case: a\r\nSet-Cookie: b=1\r\nSet-Cookie: c=2\r\nContent-Length: 5\r\nConnection: close\r\n\r\nshort',
      ),
    );
  });
  const http = createHttpTransport({ connections: 1 });
  const response = await http.request({ method: 'GET', url: `${url}/a?b=1`, headers: {}, signal: freshSignal() });
  assert.equal(response.status, 418);
  assert.equal(response.headers['x-mixed-case'], 'a');
  assert.equal(response.headers['set-cookie'], 'b=1, c=2');
  assert.equal(response.body, 'short');
  await http.close();
  server.close();
});

test('bytes go out and come back as they are; an error stays a text', async () => {
  const sent: Buffer[] = [];
  const { server, url } = await listen(socket => {
    socket.on('data', (data: Buffer) => {
      sent.push(data);
      const status = data.toString('latin1').startsWith('POST /error') ? '400 Bad Request' : '200 OK';
      socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\n`), Buffer.from([0, 0xff, 0x80, 0x41])]));
    });
  });
  const http = createHttpTransport({ connections: 1 });
  const bytes = new Uint8Array([0xfe, 0, 0x0a, 0xff]);
  const send = (path: string) =>
    http.request({ method: 'POST', url: url + path, headers: {}, bytes, answerAs: 'bytes', signal: freshSignal() });
  const answer = await send('/');
  assert.equal(answer.body, '');
  assert.deepEqual([...answer.bytes!], [0, 0xff, 0x80, 0x41]);
  assert.match(sent[0]!.toString('latin1'), /content-length: 4\r\n/);
  assert.deepEqual([...Buffer.concat(sent).subarray(-4)], [...bytes]);
  const error = await send('/error');
  assert.equal(error.bytes, undefined);
  assert.equal(error.body, '\0\ufffd\ufffdA');
  await http.close();
  server.close();
});

test('connections are kept and never more than asked for', async () => {
  const sockets = new Set<Socket>();
  const { server, url } = await listen(socket => {
    sockets.add(socket);
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  const http = createHttpTransport({ connections: 2 });
  const send = () => http.request({ method: 'POST', url, headers: { 'x-n': '1' }, body: '{}', signal: freshSignal() });
  const responses = await Promise.all(Array.from({ length: 20 }, send));
  assert.ok(responses.every(({ body }) => body === 'ok'));
  assert.equal(sockets.size, 2);
  await http.close();
  server.close();
});

test('a refused connection and an unknown host are UNREACHABLE, with the origin and nothing of the path', async () => {
  const { server, url } = await listen(() => {});
  await new Promise(resolve => server.close(resolve));
  const http = createHttpTransport({ connections: 1 });
  for (const origin of [url, 'http://no-such-host.invalid']) {
    await assert.rejects(
      http.request({ method: 'GET', url: `${origin}/path?key=secret`, headers: {}, signal: freshSignal() }),
      (thrown: Error & { code?: string; retry?: string }) => {
        assert.equal(thrown.code, 'UNREACHABLE');
        assert.equal(thrown.retry, 'backoff');
        assert.ok(thrown.message.startsWith(`no answer from "${origin}": `), thrown.message);
        assert.ok(!thrown.message.includes('secret'));
        return true;
      },
    );
  }
  await http.close();
});

test('a connection that breaks in the middle of an answer, and one that speaks no TLS, are UNREACHABLE', async () => {
  const cut = await listen(socket => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      socket.end();
    });
  });
  const http = createHttpTransport({ connections: 1 });
  for (const url of [cut.url, cut.url.replace('http:', 'https:')]) {
    await assert.rejects(http.request({ method: 'GET', url, headers: {}, signal: freshSignal() }), {
      code: 'UNREACHABLE',
      retry: 'backoff',
    });
  }
  await http.close();
  cut.server.close();
});

test('an abort rejects with the reason of the signal, before, while waiting for a connection, and while waiting for the answer', async () => {
  const simulator = await startOpenAiSimulator({ latency: { kind: 'fixed', ms: 600_000 } });
  const http = createHttpTransport({ connections: 1 });
  const request = (signal: AbortSignal) =>
    http.request({
      method: 'POST',
      url: `${simulator.url}/embeddings`,
      headers: { authorization: 'Bearer k' },
      body: '{"model":"m","input":"x"}',
      signal,
    });
  const reasons = [new Error('first'), new Error('second'), new Error('third')];
  const controllers = reasons.map(() => new AbortController());
  controllers[0]!.abort(reasons[0]);
  const answers = controllers.map(({ signal }) => request(signal));
  const checks = answers.map((answer, i) => assert.rejects(answer, thrown => thrown === reasons[i]));
  while (simulator.stats().inFlight === 0) await new Promise(resolve => setTimeout(resolve, 1));
  controllers[2]!.abort(reasons[2]);
  controllers[1]!.abort(reasons[1]);
  await Promise.all(checks);
  assert.equal(simulator.stats().requests, 1);
  await http.close();
  await simulator.close();
});

test('a header that HTTP cannot carry is the fault of the options, and is not shown', async () => {
  const http = createHttpTransport({ connections: 1 });
  await assert.rejects(
    http.request({ method: 'GET', url: 'http://127.0.0.1:9', headers: { authorization: 'Bearer top\nsecret' }, signal: freshSignal() }),
    (thrown: Error & { code?: string }) => {
      assert.equal(thrown.code, 'INVALID_OPTION');
      assert.ok(!thrown.message.includes('secret'));
      return true;
    },
  );
  await http.close();
});

test('a body comes piece by piece, or as a whole up to a bound', async () => {
  const { server, url } = await listen(socket => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789'));
  });
  const http = createHttpTransport({ connections: 1 });
  const request = { method: 'GET', url, headers: {}, signal: freshSignal() } as const;
  const streamed = await http.request({ ...request, answerAs: 'stream' });
  let text = '';
  for await (const piece of streamed.stream!) text += Buffer.from(piece).toString();
  assert.deepEqual([streamed.body, text], ['', '0123456789']);
  // A loop that is left gives its connection back: there is only one.
  for await (const piece of (await http.request({ ...request, answerAs: 'stream' })).stream!) if (piece.length > 0) break;
  assert.equal((await http.request({ ...request, maxBytes: 10 })).body, '0123456789');
  await assert.rejects(http.request({ ...request, maxBytes: 9 }), { code: 'REFUSED' });
  assert.deepEqual((await http.request({ ...request, maxBytes: 10, answerAs: 'bytes' })).bytes?.length, 10);
  await http.close();
  server.close();
});

test('a stream that is cut off says so, and ends with its signal', async () => {
  const { server, url } = await listen(socket => {
    socket.on('data', data => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012');
      if (data.toString('latin1').startsWith('GET /cut')) setTimeout(() => socket.destroy(), 20);
    });
  });
  const http = createHttpTransport({ connections: 2 });
  const read = async (path: string, signal: AbortSignal): Promise<void> => {
    const { stream } = await http.request({ method: 'GET', url: url + path, headers: {}, signal, answerAs: 'stream' });
    for await (const piece of stream!) assert.ok(piece.length > 0);
  };
  await assert.rejects(read('/cut', freshSignal()), { code: 'UNREACHABLE', retry: 'backoff' });
  const ending = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => ending.abort(reason), 20);
  await assert.rejects(read('/slow', ending.signal), reason);
  await http.close();
  server.close();
});
