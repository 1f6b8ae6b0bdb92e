import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Secret } from '../../spec/option.js';
import { startWebFileSimulator, type WebFileSimulator } from '../../testing/web-file-simulator/web-file-simulator.js';
import { freshSignal, locate, readAll, refusal } from './location.test.fixture.js';

const BODY = Buffer.from('a model of some bytes');

async function simulator(test: TestContext): Promise<WebFileSimulator> {
  const web = await startWebFileSimulator();
  test.after(() => web.close());
  return web;
}

test('a file is found with size and entity tag, and read from any byte', async context => {
  const web = await simulator(context);
  web.put('/m.onnx', { body: BODY });
  const location = locate(context, `${web.url}/m.onnx`);
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.files[0]!.size], ['file', BODY.length]);
  assert.match(seen.version!, /^"[0-9a-f]+"$/);
  assert.equal(await readAll(location, seen.files[0]!), BODY.toString());
  assert.equal(await readAll(location, seen.files[0]!, 8), BODY.subarray(8).toString());
});

test('an unchanged file is told by 304, by entity tag or by time', async context => {
  const web = await simulator(context);
  for (const file of [{ body: BODY }, { body: BODY, etag: null, lastModified: 'Sat, 21 Nov 2026 08:00:00 GMT' }]) {
    web.put('/m', file);
    const location = locate(context, `${web.url}/m`);
    const seen = await location.observe(freshSignal());
    assert.equal(await location.observe(freshSignal(), seen), seen);
    web.put('/m', { body: Buffer.from('other'), lastModified: 'Sat, 21 Nov 2026 09:00:00 GMT' });
    assert.notEqual((await location.observe(freshSignal(), seen)).version, seen.version);
  }
});

test('a server without HEAD is asked for one byte, and one without tags has no version', async context => {
  const web = await simulator(context);
  web.put('/m', { body: BODY, takesHead: false });
  assert.equal((await locate(context, `${web.url}/m`).observe(freshSignal())).files[0]!.size, BODY.length);
  assert.equal(web.requests.at(-1)!.headers['range'], 'bytes=0-0');
  web.put('/empty', { body: Buffer.alloc(0), takesHead: false });
  assert.equal((await locate(context, `${web.url}/empty`).observe(freshSignal())).files[0]!.size, 0);
  web.put('/plain', { body: BODY, etag: null });
  assert.equal((await locate(context, `${web.url}/plain`).observe(freshSignal())).version, undefined);
});

test('a server without ranges gives the whole file, and says where it begins', async context => {
  const web = await simulator(context);
  web.put('/m', { body: BODY, takesRanges: false });
  const location = locate(context, `${web.url}/m`);
  const { files } = await location.observe(freshSignal());
  const body = await location.read(files[0]!, { from: 5, signal: freshSignal() });
  assert.equal(body.from, 0);
  for await (const piece of body.pieces) assert.ok(piece.length > 0);
});

test('a file that is replaced between look and read is not mixed', async context => {
  const web = await simulator(context);
  web.put('/m', { body: BODY });
  const location = locate(context, `${web.url}/m`);
  const { files } = await location.observe(freshSignal());
  web.put('/m', { body: Buffer.from('quite another model here') });
  for (const from of [0, 4]) assert.match((await refusal(readAll(location, files[0]!, from))).message, /changed while it was read/);
});

test('redirects are followed, and credentials stay with the first host', async context => {
  const [first, second] = [await simulator(context), await simulator(context)];
  second.put('/real', { body: BODY });
  for (const status of [301, 302, 303, 307, 308]) {
    first.put('/m', { body: BODY, redirect: { status, location: `${second.url}/real` }, authorization: 'Bearer abc' });
    const location = locate(context, `${first.url}/m`, { bearerToken: new Secret('abc') });
    assert.equal(await readAll(location, (await location.observe(freshSignal())).files[0]!), BODY.toString());
  }
  assert.ok(second.requests.length > 0);
  assert.ok(second.requests.every(({ headers }) => headers['authorization'] === undefined));
  first.put('/inside', { body: BODY, redirect: { status: 302, location: '/there' } });
  first.put('/there', { body: BODY, authorization: 'Bearer abc' });
  await locate(context, `${first.url}/inside`, { bearerToken: new Secret('abc') }).observe(freshSignal());
});

test('loops, other protocols, and the way from https to http are refused', async context => {
  const web = await simulator(context);
  const redirects = { '/loop': '/loop', '/file': 'file:///etc/passwd', '/ftp': 'ftp://host/m', '/odd': 'http://[' };
  for (const [path, location] of Object.entries(redirects)) web.put(path, { body: BODY, redirect: { status: 302, location } });
  for (const path of Object.keys(redirects))
    assert.equal((await refusal(locate(context, web.url + path).observe(freshSignal()))).code, 'REFUSED');
  const downgrade = locate(
    context,
    'https://models.example.com/m',
    {},
    {
      http: { request: async () => ({ status: 302, headers: { location: 'http://models.example.com/m' }, body: '' }) },
    },
  );
  assert.match((await refusal(downgrade.observe(freshSignal()))).message, /redirects from https to "http:\/\/models\.example\.com"/);
});

test('a public host may not redirect to a private address, unless that is allowed', async context => {
  const asked: string[] = [];
  const http = {
    request: async ({ url }: { readonly url: string }) => {
      asked.push(url);
      return url.includes('public')
        ? { status: 302, headers: { location: target }, body: '' }
        : { status: 200, headers: { etag: '"a"' }, body: '' };
    },
  };
  const lookup = async (name: string) => (name === 'inside.example.com' ? ['10.0.0.7'] : ['93.184.216.34']);
  let target = '';
  for (target of [
    'http://127.0.0.1/m',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/m',
    'http://[::ffff:10.1.2.3]/m',
    'http://inside.example.com/m',
    'http://0x7f.1/m',
  ]) {
    asked.length = 0;
    const error = await refusal(locate(context, 'http://public.example.com/m', {}, { http, lookup }).observe(freshSignal()));
    assert.match(error.message, /redirects to the private address/);
    assert.equal(asked.length, 1);
    await locate(context, 'http://public.example.com/m', { allowPrivateRedirects: true }, { http, lookup }).observe(freshSignal());
  }
  target = 'https://93.184.216.34/m';
  await locate(context, 'http://public.example.com/m', {}, { http, lookup }).observe(freshSignal());
});

test('user and password of an address are sent, and never shown', async context => {
  const web = await simulator(context);
  web.put('/m', { body: BODY, authorization: `Basic ${Buffer.from('me:p@ss/word').toString('base64')}` });
  const address = web.url.replace('http://', 'http://me:p%40ss%2Fword@');
  const location = locate(context, `${address}/m`);
  assert.equal((await location.observe(freshSignal())).files[0]!.size, BODY.length);
  assert.doesNotMatch(location.address, /p%40ss|me:/);
  const error = await refusal(
    locate(context, `${address.replace('word', 'wrong')}/m?X-Amz-Signature=abcdef&part=1`).observe(freshSignal()),
  );
  assert.equal(error.code, 'UNAUTHORIZED');
  assert.doesNotMatch(error.message, /wrong|abcdef/);
  assert.match(error.message, /part=1/);
});

test('statuses say whether another attempt can help', async context => {
  const web = await simulator(context);
  web.put('/m', { body: BODY });
  const cases = [
    [404, 'FILE_NOT_FOUND', 'never'],
    [410, 'FILE_NOT_FOUND', 'never'],
    [401, 'UNAUTHORIZED', 'never'],
    [429, 'RATE_LIMITED', 'backoff'],
    [503, 'SERVICE_ERROR', 'backoff'],
    [418, 'REFUSED', 'never'],
  ] as const;
  for (const [status, code, retry] of cases) {
    web.inject({ kind: 'status', status, body: 'x'.repeat(100) }, { times: 1 });
    const error = await refusal(locate(context, `${web.url}/m`).observe(freshSignal()));
    assert.deepEqual([error.code, error.retry, error.context.httpStatus], [code, retry, status]);
  }
});

test('a checksum beside the model is read; an unsigned neighbour of a signed address is not asked for', async context => {
  const web = await simulator(context);
  web.put('/m', { body: BODY });
  web.put('/m.sha256', { body: Buffer.from('abc  m\n') });
  assert.equal(await locate(context, `${web.url}/m`).readBeside('.sha256', freshSignal()), 'abc  m\n');
  assert.equal(await locate(context, `${web.url}/other`).readBeside('.sha256', freshSignal()), undefined);
  assert.equal(await locate(context, `${web.url}/m?sig=x`).readBeside('.sha256', freshSignal()), undefined);
  web.put('/m.sha256', { body: Buffer.alloc(1_000_000) });
  assert.equal(await locate(context, `${web.url}/m`).readBeside('.sha256', freshSignal()), undefined);
});
