import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { mutateBytes } from '../../testing/mutate-bytes.test.fixture.js';
import { convertSignature } from './convert/convert-signature.js';
import { readSavedModel } from './read-saved-model.js';
import { FOLDER } from './reference.test.fixture.js';
import type { SavedModelFolder } from './saved-model-folder.js';

const MUTATIONS = 1_000;
const NAMES = ['shards', 'half_plus_two', 'partitioned', 'vocabulary', 'reference_variables', 'text', 'dense'];

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
