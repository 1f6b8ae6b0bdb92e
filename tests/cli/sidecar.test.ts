import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { idLines, jsonTable, numbers, workplace } from './workplace.js';

/** Stands in for Python: gives numbers back, and is killed in the middle of its fifth call. */
const MORTAL = `
const socket = new (require('node:net').Socket)({ fd: 3, allowHalfOpen: true });
const send = (header, payload = Buffer.alloc(0)) => {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(12);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeBigUInt64LE(BigInt(payload.length), 4);
  socket.write(Buffer.concat([prefix, text, payload]));
};
let bytes = Buffer.alloc(0);
let calls = 0;
send({ kind: 'hello', protocol: 1, python: '3.11.7', executable: 'stand-in' });
socket.on('data', chunk => {
  bytes = Buffer.concat([bytes, chunk]);
  while (bytes.length >= 12) {
    const size = bytes.readUInt32LE(0), payloadSize = Number(bytes.readBigUInt64LE(4));
    if (bytes.length < 12 + size + payloadSize) return;
    const header = JSON.parse(bytes.toString('utf8', 12, 12 + size));
    const payload = Buffer.from(bytes.subarray(12 + size, 12 + size + payloadSize));
    bytes = bytes.subarray(12 + size + payloadSize);
    if (header.kind === 'load') send({ kind: 'loaded', framework: '1.0', inputs: [{ name: 'x', element: 'float64', shape: null }], peak: 1000 });
    if (header.kind !== 'run') continue;
    if (++calls === 5) process.kill(process.pid, 'SIGKILL');
    const { shape, element } = header.tensors[0];
    send({ kind: 'result', id: header.id, peak: 1000, tensors: [{ name: 'y', element, shape, bytes: payload.length }] }, payload);
  }
});
socket.on('end', () => process.exit(0));
`;

function script(options: Readonly<Record<string, string>>): string {
  const given = {
    provider: 'local',
    'model-path': resolve('tests/fixtures/tensorflow/activations'),
    'runtime.mode': 'sidecar',
    'batch.size': '4',
    ...options,
  };
  const pairs = Object.entries(given).map(([key, value]) => `'${key}' = '${value}'`);
  return `${jsonTable('ids', 'id BIGINT', 'ids.jsonl')}${jsonTable('answers', 'id BIGINT, answer DOUBLE', 'answers.jsonl')}CREATE MODEL doubt INPUT (x DOUBLE) OUTPUT (y DOUBLE)
WITH (${pairs.join(', ')});
INSERT INTO answers SELECT id, ML_PREDICT(MODEL doubt, CAST(id AS DOUBLE)) FROM ids;
`;
}

test('workers that are killed again and again in a job lose no row', async t => {
  const place = workplace(t);
  const python = join(place.path, 'python');
  place.write('python', `#!${process.execPath}\n${MORTAL}`);
  chmodSync(python, 0o755);
  place.write('ids.jsonl', idLines(1, 100));
  const options = { 'sidecar.python': python, 'max-retries': '10', 'retry.initial-delay': '10 ms' };
  const { code, stderr } = await place.run(['run', '-e', script(options)]);
  assert.equal(code, 0, stderr);
  const answers = place.lines('answers.jsonl').map(line => JSON.parse(line) as { id: number; answer: number });
  assert.deepEqual(
    answers.map(({ id }) => id).toSorted((a, b) => a - b),
    numbers(1, 100),
  );
  for (const { id, answer } of answers) assert.equal(answer, id);
});

test('an interpreter that is not there ends the job with what to do', async t => {
  const place = workplace(t);
  place.write('ids.jsonl', idLines(1, 2));
  const { code, stderr } = await place.run(['run', '-e', script({ 'sidecar.python': '/nowhere/python' })]);
  assert.notEqual(code, 0);
  assert.match(stderr, /option "sidecar.python" is "\/nowhere\/python", and there is no such program/);
  assert.match(stderr, /give the path of an interpreter/);
});
