import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { servePrometheus, type PrometheusEndpoint } from './prometheus.js';

async function serve(context: TestContext): Promise<PrometheusEndpoint> {
  const endpoint = await servePrometheus({ host: '127.0.0.1', port: 0, version: '1.2.3' });
  context.after(() => endpoint.close());
  return endpoint;
}

test('what was measured is served as text of Prometheus', async context => {
  const { meter, url } = await serve(context);
  meter.createCounter('some.rows', { unit: '{row}', description: 'Rows.' }).add(3, { 'some.name': 'a "b"\n\\c' });
  const response = await fetch(url);
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  assert.equal(
    (await response.text()).trim(),
    [
      '# HELP some_rows_total Rows.',
      '# UNIT some_rows_total {row}',
      '# TYPE some_rows_total counter',
      'some_rows_total{some_name="a \\"b\\"\\n\\\\c"} 3',
    ].join('\n'),
  );
});

test('other paths and methods are refused', async context => {
  const { url } = await serve(context);
  assert.equal((await fetch(new URL('/', url))).status, 404);
  assert.equal((await fetch(url, { method: 'POST' })).status, 405);
  assert.equal((await fetch(`${url}?name=x`)).status, 200);
});

test('an address that cannot be had is the user’s mistake, told before anything runs', async context => {
  const { url } = await serve(context);
  const port = Number(new URL(url).port);
  await assert.rejects(servePrometheus({ host: '127.0.0.1', port, version: '1' }), {
    code: 'USAGE',
    message: `metrics cannot be served at 127.0.0.1:${port}: another process listens there`,
  });
  await assert.rejects(servePrometheus({ host: '192.0.2.1', port: 0, version: '1' }), {
    code: 'USAGE',
    message: /no address of this machine/,
  });
});

test('a connection that asks nothing does not hold back the end', { timeout: 5_000 }, async () => {
  const endpoint = await servePrometheus({ host: '127.0.0.1', port: 0, version: '1' });
  const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /metr');
  socket.on('error', () => {});
  const closed = new Promise(resolve => {
    socket.on('close', resolve);
  });
  await endpoint.close();
  await closed;
  await assert.rejects(fetch(endpoint.url));
});
