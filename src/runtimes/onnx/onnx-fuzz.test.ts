import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { readModelFile } from '../../kit/onnx/model-file.js';
import { openSession } from '../../kit/onnx/open-session.js';
import { probe } from '../../kit/onnx/session-run.js';
import { allocate } from '../../spec/element-type.js';
import { arrayOf, DOUBLE, FLOAT } from '../../spec/data-type.js';
import { mutateBytes } from '../../testing/mutate-bytes.test.fixture.js';
import { openRuntime } from '../../testing/open-runtime.js';
import { onnx } from './onnx-runtime.js';

const MUTATIONS = 1_000;
const MOST_MS = 60_000;
const MOST_BYTES = 1_500_000_000;

async function models(): Promise<Uint8Array[]> {
  const folders = [
    'tests/fixtures/onnx',
    'tests/fixtures/onnx/edges',
    'tests/fixtures/text/bert_embedder',
    'tests/fixtures/text/roberta_classifier',
  ];
  const files: Uint8Array[] = [];
  for (const folder of folders)
    for (const name of (await readdir(folder)).toSorted()) if (name.endsWith('.onnx')) files.push(await readFile(join(folder, name)));
  return files;
}

/** Reads and runs a file as a worker does, in this thread, since a thread for each of a thousand takes long. */
async function attempt(bytes: Uint8Array): Promise<'refused' | 'ran'> {
  const file = readModelFile(bytes);
  if (file === undefined || file.problem !== undefined || file.inputs.some(({ element }) => element === undefined)) return 'refused';
  const opened = await openSession({ packageName: 'onnxruntime-node', model: file.bytes, device: 'cpu' });
  if ('code' in opened) return 'refused';
  try {
    const feeds = file.inputs.map(({ name, element, shape = [undefined, 4] }) => {
      const rowShape = shape.slice(1).map(size => size ?? 4);
      return {
        name: file.tensors.get(name) ?? name,
        element: element!,
        rowShape,
        width: rowShape.reduce((product, size) => product * size, 1),
      };
    });
    if (feeds.some(({ width }) => width > 1_000_000)) return 'refused';
    const data = feeds.map(({ element, width }) => allocate(element, 2 * width));
    await probe(opened, { feeds, rows: 2, data });
    return 'ran';
  } catch (error) {
    assert.ok(error instanceof Error);
    return 'refused';
  } finally {
    await opened.session.release();
  }
}

test('a thousand damaged files run or are refused, in bounded time and memory', async () => {
  const files = await models();
  const random = seededRandom('onnx');
  const counts = { refused: 0, ran: 0 };
  const started = performance.now();
  for (let i = 0; i < MUTATIONS; i++) counts[await attempt(mutateBytes(files[i % files.length]!, random))]++;
  assert.ok(performance.now() - started < MOST_MS, `took ${performance.now() - started} ms`);
  assert.ok(process.memoryUsage.rss() < MOST_BYTES);
  assert.ok(counts.ran > 30 && counts.refused > 300, JSON.stringify(counts));
});

test('of the whole way, through threads and columns, a damaged file is refused by a MillraceError', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-fuzz-'));
  try {
    const files = await models();
    const random = seededRandom('onnx threads');
    for (let i = 0; i < 20; i++) {
      const path = join(folder, `${i}.onnx`);
      await writeFile(path, mutateBytes(files[i % files.length]!, random));
      try {
        const inputs = [{ name: 'x', type: arrayOf(DOUBLE) }];
        const model = await openRuntime({ runtime: onnx, path, inputs, outputs: [{ name: 'y', type: arrayOf(FLOAT) }] });
        await model.close();
      } catch (error) {
        assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
        assert.match(error.code, /^(MODEL_LOAD|MODEL_SCHEMA|FILE_NOT_FOUND)$/, error.message);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
