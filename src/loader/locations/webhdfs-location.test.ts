import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { HdfsAccess } from '../../spec/model-file-access.js';
import { Secret } from '../../spec/option.js';
import {
  startWebHdfsSimulator,
  type WebHdfsSimulator,
  type WebHdfsSimulatorInit,
} from '../../testing/webhdfs-simulator/webhdfs-simulator.js';
import type { ModelLocation } from './location.js';
import { freshSignal, locate, readAll, refusal } from './location.test.fixture.js';
import { parseHdfsAddress } from './webhdfs-address.js';

async function simulator(test: TestContext, init?: WebHdfsSimulatorInit): Promise<WebHdfsSimulator> {
  const hdfs = await startWebHdfsSimulator(init);
  test.after(() => hdfs.close());
  return hdfs;
}

function at(test: TestContext, hdfs: WebHdfsSimulator, path: string, access: HdfsAccess = {}): ModelLocation {
  return locate(test, `hdfs://namenode:8020${path}`, { hdfs: { endpoints: [hdfs.nameNode.url], ...access } });
}

test('a file is found with its size and read from any byte, by way of a data node', async context => {
  const hdfs = await simulator(context);
  hdfs.put('/models/fraud v1/ü%41.onnx', 'trees and leaves');
  const location = at(context, hdfs, '/models/fraud v1/ü%41.onnx');
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.files[0]!.size], ['file', 16]);
  assert.equal(await readAll(location, seen.files[0]!), 'trees and leaves');
  assert.equal(await readAll(location, seen.files[0]!, 10), 'leaves');
  assert.equal(await readAll(location, seen.files[0]!, 16), '');
  assert.ok(hdfs.dataNode.requests.length >= 2);
});

test('the version changes with time, length and checksum; an unchanged file is not summed again', async context => {
  const hdfs = await simulator(context);
  hdfs.put('/m', 'abc', { modificationTime: 5, checksum: 'aa' });
  const location = at(context, hdfs, '/m');
  const first = await location.observe(freshSignal());
  const sums = () => hdfs.nameNode.requests.filter(({ url }) => url.includes('GETFILECHECKSUM')).length;
  assert.equal((await location.observe(freshSignal(), first)).version, first.version);
  assert.equal(sums(), 1);
  hdfs.put('/m', 'abd', { modificationTime: 5, checksum: 'bb' });
  assert.notEqual((await location.observe(freshSignal())).version, first.version);
  hdfs.put('/m', 'abd', { modificationTime: 6, checksum: 'bb' });
  assert.notEqual((await location.observe(freshSignal(), first)).version, first.version);
  hdfs.put('/empty', '', { checksum: '' });
  assert.equal((await at(context, hdfs, '/empty').observe(freshSignal())).files[0]!.size, 0);
});

test('a folder is listed with all below it', async context => {
  const hdfs = await simulator(context);
  for (const path of ['saved_model.pb', 'variables/variables.index', 'variables/a/b', '_SUCCESS']) hdfs.put(`/m/${path}`, path);
  const location = at(context, hdfs, '/m/');
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.isComplete], ['folder', true]);
  assert.deepEqual(
    seen.files.map(({ path }) => path),
    ['saved_model.pb', 'variables/a/b', 'variables/variables.index'],
  );
  for (const file of seen.files) assert.equal(await readAll(location, file), file.path);
});

test('the user or the delegation token is sent, and the token is never shown', async context => {
  const byName = await simulator(context, { user: 'flink' });
  byName.put('/m', 'x');
  await at(context, byName, '/m', { user: 'flink' }).observe(freshSignal());
  const denied = await refusal(at(context, byName, '/m').observe(freshSignal()));
  assert.equal(denied.code, 'UNAUTHORIZED');
  assert.match(denied.message, /AccessControlException/);
  const byToken = await simulator(context, { delegationToken: 'HAAEbW9yZQ' });
  byToken.put('/m', 'x');
  const location = at(context, byToken, '/m', { delegationToken: new Secret('HAAEbW9yZQ') });
  assert.equal(await readAll(location, (await location.observe(freshSignal())).files[0]!), 'x');
});

test('a name node that stands by, or is gone, passes on to the next; the one that answers is kept', async context => {
  const standby = await simulator(context, { isStandby: true });
  const gone = await startWebHdfsSimulator();
  await gone.close();
  const active = await simulator(context);
  active.put('/m', 'x');
  const location = at(context, active, '/m', { endpoints: [gone.nameNode.url, standby.nameNode.url, active.nameNode.url] });
  await location.observe(freshSignal());
  const asked = standby.nameNode.requests.length;
  await location.observe(freshSignal());
  assert.equal(standby.nameNode.requests.length, asked);
  const none = await refusal(at(context, standby, '/m').observe(freshSignal()));
  assert.deepEqual([none.code, none.retry], ['SERVICE_ERROR', 'backoff']);
});

test('what hdfs:// means: the option, or the usual port of the host', () => {
  const bases = (address: string, access: HdfsAccess = {}) => parseHdfsAddress(address, access).bases;
  assert.deepEqual(bases('hdfs://nn:8020/m'), ['http://nn:9870/webhdfs/v1']);
  assert.deepEqual(bases('webhdfs://nn:50070/m'), ['http://nn:50070/webhdfs/v1']);
  assert.deepEqual(bases('swebhdfs://nn:9871/m'), ['https://nn:9871/webhdfs/v1']);
  assert.deepEqual(bases('hdfs:///m', { endpoints: ['https://gw:14000/webhdfs/v1/', 'http://b:1'] }), [
    'https://gw:14000/webhdfs/v1',
    'http://b:1/webhdfs/v1',
  ]);
  assert.throws(() => bases('hdfs:///m'), { code: 'MISSING_OPTION' });
  for (const [address, endpoint] of [['hdfs://nn/a/../b'], ['hdfs://nn'], ['hdfs://nn/m', 'nn:9870']] as const)
    assert.throws(() => bases(address, endpoint === undefined ? {} : { endpoints: [endpoint] }), { code: 'INVALID_OPTION' });
});

test('answers against the protocol, links and names that lead elsewhere are refused', async context => {
  const hdfs = await simulator(context);
  hdfs.put('/link', '', { type: 'SYMLINK' });
  hdfs.put('/m/a', 'x');
  assert.match((await refusal(at(context, hdfs, '/link').observe(freshSignal()))).message, /symbolic link/);
  const folder = { FileStatus: { pathSuffix: '', type: 'DIRECTORY', length: 0, modificationTime: 1 } };
  const entry = (pathSuffix: string, type: string) => ({
    FileStatuses: { FileStatus: [{ pathSuffix, type, length: 1, modificationTime: 1 }] },
  });
  for (const listing of [
    entry('../x', 'FILE'),
    entry('..', 'DIRECTORY'),
    entry('', 'DIRECTORY'),
    entry('a', 'SYMLINK'),
    entry('a/b', 'DIRECTORY'),
  ]) {
    hdfs.nameNode.inject({ kind: 'status', status: 200, body: JSON.stringify(folder) });
    hdfs.nameNode.inject({ kind: 'status', status: 200, body: JSON.stringify(listing) });
    assert.equal((await refusal(at(context, hdfs, '/m').observe(freshSignal()))).code, 'MODEL_LOAD', JSON.stringify(listing));
  }
  for (const body of [
    '',
    '{',
    '[]',
    '{"FileStatus":{}}',
    '{"FileStatus":{"pathSuffix":"","type":"FILE","length":-1,"modificationTime":1}}',
  ]) {
    hdfs.nameNode.inject({ kind: 'status', status: 200, body });
    assert.equal((await refusal(at(context, hdfs, '/m').observe(freshSignal()))).code, 'SERVICE_ERROR', body);
  }
  const loop = entry('a', 'DIRECTORY');
  hdfs.nameNode.inject({ kind: 'status', status: 200, body: JSON.stringify(folder) });
  hdfs.nameNode.inject({ kind: 'status', status: 200, body: JSON.stringify(loop) }, { times: 100 });
  assert.match((await refusal(at(context, hdfs, '/m').observe(freshSignal()))).message, /more than 32 folders deep/);
});

test('a missing file says so, in each of its ways', async context => {
  const hdfs = await simulator(context);
  hdfs.put('/m', 'x');
  assert.equal((await refusal(at(context, hdfs, '/nothing').observe(freshSignal()))).code, 'FILE_NOT_FOUND');
  assert.equal(await at(context, hdfs, '/m').readBeside('.sha256', freshSignal()), undefined);
  hdfs.put('/m.sha256', 'abc');
  assert.equal(await at(context, hdfs, '/m').readBeside('.sha256', freshSignal()), 'abc');
});
