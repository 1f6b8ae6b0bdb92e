import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import { startWebFileSimulator, type WebFileSimulator } from '../testing/web-file-simulator/web-file-simulator.js';
import { refusal } from './locations/location.test.fixture.js';
import { textModels, until } from './text-models.test.fixture.js';

async function serving(context: { after(action: () => Promise<void>): void }, body: string): Promise<WebFileSimulator> {
  const web = await startWebFileSimulator();
  context.after(() => web.close());
  web.put('/m', { body: Buffer.from(body) });
  return web;
}

test('who asks for the same gets the same, and it stays open for a while after the last', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  const [a, b] = await Promise.all([models.get(`${web.url}/m`), models.get(`${web.url}/m`)]);
  assert.equal(a.model, b.model);
  await Promise.all([a.release(), b.release()]);
  const c = await models.get(`${web.url}/m`);
  assert.equal(c.model, a.model);
  assert.deepEqual(models.events, ['open v1']);
  assert.deepEqual([models.counts['loaded'], models.counts['missed'], models.counts['hit']], [1, 1, 1]);
  await c.release();
  await models.loader.close();
  assert.deepEqual(models.events, ['open v1', 'close v1']);
});

test('a waiter leaves by its own signal, and the load goes on for the others', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  web.inject({ kind: 'wait', ms: 200 });
  const leaving = new AbortController();
  const gone = models.get(`${web.url}/m`, {}, leaving.signal);
  const stays = models.get(`${web.url}/m`);
  leaving.abort(new Error('left'));
  await assert.rejects(gone, { message: 'left' });
  assert.equal((await stays).model.version, 'v1');
});

test('when all have left, the load is given up', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  web.inject({ kind: 'wait', ms: 100 });
  const leaving = new AbortController();
  const gone = models.get(`${web.url}/m`, {}, leaving.signal);
  leaving.abort(new Error('left'));
  await assert.rejects(gone, { message: 'left' });
  await new Promise(resolve => setTimeout(resolve, 200));
  assert.deepEqual([models.events, web.requests.filter(({ method }) => method === 'GET').length], [[], 0]);
});

test('a new version is found when the model is opened again; the old one is closed by its last user', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  const first = await models.get(`${web.url}/m`);
  web.put('/m', { body: Buffer.from('v2') });
  const second = await models.get(`${web.url}/m`);
  assert.deepEqual([first.model.version, second.model.version, [...models.open]], ['v1', 'v2', ['v1', 'v2']]);
  await first.release();
  await first.release();
  assert.deepEqual([...models.open], ['v2']);
  await second.release();
});

test('a load that failed is not repeated for a moment; what the user mends is looked at again at once', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  models.failure = new MillraceError({ code: 'IO', message: 'the disk is gone' });
  assert.equal((await refusal(models.get(`${web.url}/m`))).code, 'IO');
  assert.equal((await refusal(models.get(`${web.url}/m`))).message, 'the disk is gone');
  await new Promise(resolve => setTimeout(resolve, 300));
  await (await models.get(`${web.url}/m`)).release();
  models.failure = new MillraceError({ code: 'MODEL_LOAD', message: 'not a model' });
  web.put('/m', { body: Buffer.from('v2') });
  assert.equal((await refusal(models.get(`${web.url}/m`))).code, 'MODEL_LOAD');
  await (await models.get(`${web.url}/m`)).release();
  assert.equal(models.counts['failed'], 2);
});

test('of models that nobody uses the oldest is closed where there are too many; in use none is', async context => {
  const models = await textModels(context, { models: 2 });
  const handles = await Promise.all(
    ['a', 'b', 'c'].map(async name => {
      await writeFile(join(models.folder, name), name);
      return await models.get(join(models.folder, name));
    }),
  );
  assert.equal(models.open.length, 3);
  await handles[1]!.release();
  assert.deepEqual([...models.open].toSorted(), ['a', 'c']);
  await handles[0]!.release();
  await handles[2]!.release();
  assert.deepEqual([[...models.open].toSorted(), models.counts['evicted']], [['a', 'c'], 1]);
});

test('a model that is larger than all the room is used, and closed after that', async context => {
  const models = await textModels(context, { memoryBytes: 10 });
  await writeFile(join(models.folder, 'a'), 'a');
  const handle = await models.get(join(models.folder, 'a'));
  assert.deepEqual([...models.open], ['a']);
  await handle.release();
  assert.deepEqual([...models.open], []);
});

test('a model that nobody uses for long is closed', async context => {
  const models = await textModels(context, { idleMs: 50 });
  await writeFile(join(models.folder, 'a'), 'a');
  await (await models.get(join(models.folder, 'a'))).release();
  assert.deepEqual([...models.open], ['a']);
  await until('the closing', () => models.open.length === 0);
});

test('where nobody answers, the last version that was fetched is used; where the answer is no, it is not', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  await (await models.get(`${web.url}/m`)).release();
  await models.loader.invalidateAll();
  web.inject({ kind: 'status', status: 503 }, { times: 100 });
  const handle = await models.get(`${web.url}/m`);
  assert.equal(handle.model.version, 'v1');
  assert.ok(models.lines.some(line => line.startsWith('a model cannot be looked at; the last version')));
  await handle.release();
  const [other, gone] = [await textModels(context), await serving(context, 'v1')];
  await (await other.get(`${gone.url}/m`)).release();
  gone.remove('/m');
  assert.equal((await refusal(other.get(`${gone.url}/m`))).code, 'FILE_NOT_FOUND');
});

test('a pinned content that is kept asks nobody', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  const { content, release } = await models.get(`${web.url}/m`);
  await release();
  const before = web.requests.length;
  const pinned = await models.get(`${web.url}/m`, { sha256: content! });
  assert.deepEqual([pinned.model.version, web.requests.length], ['v1', before]);
  await pinned.release();
});

test('a watched model brings its new versions, and a content can be opened again', async context => {
  const models = await textModels(context);
  const file = join(models.folder, 'm');
  const replace = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  await replace('v1');
  const first = await models.get(file, { refreshIntervalMs: 10 });
  const versions: string[] = [];
  const end = first.watch!(async next => {
    versions.push(next.model.version);
    await next.release();
  });
  await replace('v2');
  await until('v2', () => versions.length === 1);
  // The same content under a new date is no new version.
  await replace('v2');
  // Another input does not fit, and nothing is no model.
  await replace('bad v3');
  await until('the refusal', () => models.lines.some(line => line.includes('does not fit the running one')));
  await replace('v4');
  await until('v4', () => versions.length === 2);
  assert.deepEqual(versions, ['v2', 'v4']);
  const again = await first.openContent!(first.content!);
  assert.equal(again!.model.version, 'v1');
  assert.equal(await first.openContent!('0'.repeat(64)), undefined);
  await again!.release();
  end();
  await replace('v5');
  await new Promise(resolve => setTimeout(resolve, 100));
  assert.equal(versions.length, 2);
  await first.release();
  await models.loader.close();
  assert.deepEqual([...models.open], []);
});

test('a version that a receiver refuses is given back and not tried again', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  const first = await models.get(`${web.url}/m`, { refreshIntervalMs: 10 });
  let refused = 0;
  const end = first.watch!(async () => {
    refused++;
    throw new MillraceError({ code: 'MODEL_SCHEMA', message: 'no such column' });
  });
  web.put('/m', { body: Buffer.from('v2') });
  await until('the refusal', () => refused === 1);
  await new Promise(resolve => setTimeout(resolve, 200));
  assert.equal(refused, 1);
  end();
  await first.release();
});

test('a folder that is being written is not taken before it is the same twice', async context => {
  const [models, web] = [await textModels(context), await serving(context, 'v1')];
  const first = await models.get(`${web.url}/m`, { refreshIntervalMs: 10 });
  const versions: string[] = [];
  const end = first.watch!(async next => {
    versions.push(next.model.version);
    await next.release();
  });
  let count = 0;
  const writing = setInterval(() => web.put('/m', { body: Buffer.from(`part ${count++}`) }), 5);
  await new Promise(resolve => setTimeout(resolve, 300));
  clearInterval(writing);
  web.put('/m', { body: Buffer.from('whole') });
  await until('the whole', () => versions.at(-1) === 'whole');
  assert.ok(versions.length <= 2, versions.join());
  end();
  await first.release();
});
