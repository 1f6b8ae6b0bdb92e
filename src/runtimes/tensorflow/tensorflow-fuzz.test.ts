import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { allocate } from '../../spec/element-type.js';
import { mutateBytes } from '../../testing/mutate-bytes.test.fixture.js';
import { convertSignature } from './convert/convert-signature.js';
import { readSavedModel } from './read-saved-model.js';
import { FOLDER, openModel } from './reference.test.fixture.js';
import type { SavedModelFolder } from './saved-model-folder.js';

const MUTATIONS = 1_000;
/** Of those that onnxruntime runs too. */
const RUNS = 60;
const NAMES = ['shards', 'half_plus_two', 'partitioned', 'vocabulary', 'reference_variables', 'dense'];

interface Files {
  readonly graph: SavedModelFolder['graph'];
  readonly index: Uint8Array;
  readonly data: readonly Uint8Array[];
}

function filesOf(name: string): Files {
  const shards = name === 'shards' ? 2 : 1;
  const variables = join(FOLDER, name, 'variables');
  return {
    graph: { form: 'binary', bytes: readFileSync(join(FOLDER, name, 'saved_model.pb')) },
    index: readFileSync(join(variables, 'variables.index')),
    data: Array.from({ length: shards }, (_, i) => readFileSync(join(variables, `variables.data-0000${i}-of-0000${shards}`))),
  };
}

/** Reads and converts a model from bytes. */
function convert({ graph, index, data }: Files): void {
  const folder: SavedModelFolder = {
    path: 'model',
    version: '',
    graph,
    index,
    shards: { read: (shard, _, { offset, size }) => (data[shard] ?? new Uint8Array(0)).subarray(offset, offset + size) },
    readAsset: () => 'one\ntwo\n',
  };
  const opened = readSavedModel(folder, { signature: 'serving_default', tags: ['serve'] });
  encodeOnnxModel(convertSignature(opened, folder.readAsset).graph);
}

function fuzz(what: string, mutate: (files: Files, random: () => number) => Files, names = NAMES): void {
  const random = seededRandom(`tensorflow ${what}`);
  const models = names.map(filesOf);
  let refused = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    try {
      convert(mutate(models[i % models.length]!, random));
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
      assert.ok(['MODEL_LOAD', 'INVALID_OPTION'].includes(error.code), `mutation ${i}: ${error.code}`);
      refused++;
    }
  }
  assert.ok(refused > MUTATIONS / 20 && refused < MUTATIONS, `${refused} of ${MUTATIONS} were refused`);
}

test('a damaged graph is converted or refused', () => {
  fuzz('graph', (files, random) => ({ ...files, graph: { ...files.graph, bytes: mutateBytes(files.graph.bytes, random) } }));
});

test('damaged variables are read or refused', () => {
  fuzz('variables', (files, random) =>
    random() < 0.5
      ? { ...files, index: mutateBytes(files.index, random) }
      : { ...files, data: files.data.map(bytes => mutateBytes(bytes, random)) },
  );
});

test('what is converted in spite of its damage opens and predicts, or is refused', async () => {
  const random = seededRandom('tensorflow runs');
  let opened = 0;
  for (let i = 0; i < RUNS; i++) {
    const name = ['half_plus_two', 'reference_variables'][i % 2]!;
    const folder = mkdtempSync(join(tmpdir(), 'millrace-tensorflow-'));
    cpSync(join(FOLDER, name), folder, { recursive: true });
    const file = join(folder, 'saved_model.pb');
    writeFileSync(file, mutateBytes(readFileSync(file), random));
    try {
      const model = await openModel(folder);
      try {
        const rowShapes = model.inputs.map(({ shape }) => (shape ?? [undefined]).slice(1).map(size => Math.min(size ?? 1, 8)));
        const feeds = model.inputs.map(({ name: input, element }, k) => ({
          name: input,
          element: element!,
          columns: [],
          rowShape: rowShapes[k]!,
          width: rowShapes[k]!.reduce((product, size) => product * size, 1),
        }));
        const { outputs, reading } = await model.prepare(feeds);
        const reads = outputs.flatMap(({ name: output, element, width }) =>
          element === 'float32' ? [{ output, width, offset: 0, count: width, form: 'numbers' as const }] : [],
        );
        const data = feeds.map(({ element, width }) => allocate(element, 3 * width));
        await reading(reads)(3, data, new AbortController().signal);
        opened++;
      } finally {
        await model.close();
      }
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  assert.ok(opened > 0 && opened < RUNS, `${opened} of ${RUNS} were opened`);
});

test('a damaged text of a graph is converted or refused', () => {
  const files = {
    ...filesOf('shards'),
    graph: { form: 'text' as const, bytes: readFileSync(join(FOLDER, 'as_text', 'saved_model.pbtxt')) },
  };
  const random = seededRandom('tensorflow text');
  let refused = 0;
  for (let i = 0; i < MUTATIONS / 2; i++) {
    try {
      convert({ ...files, graph: { ...files.graph, bytes: mutateBytes(files.graph.bytes, random) } });
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
      refused++;
    }
  }
  assert.ok(refused > 50);
});
