import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { mutateBytes } from '../../testing/mutate-bytes.test.fixture.js';
import { openTorchArchive } from './archive/torch-archive.js';
import { readZipRecords } from './archive/zip-records.js';
import { zip } from './archive/zip.test.fixture.js';
import { convertModel, findWidths, type FixedInput } from './convert-model.js';
import { planInputs } from './model-inputs.js';

const MUTATIONS = 1_000;
const FOLDER = 'tests/fixtures/pytorch/torch-2.15';
const NAMES = ['mlp-trace', 'two-inputs-script', 'loops-script', 'in-place-trace', 'data-if-script', 'gru-trace'];

/** Reads an archive and writes its graph, as far as it goes without running it. */
async function convert(file: Uint8Array): Promise<void> {
  const archive = await openTorchArchive(file);
  const plans = findWidths(archive, planInputs(archive, undefined));
  const inputs = plans.map((plan): FixedInput => ({ ...plan, rowShape: plan.rowShape.map(size => size ?? 4) }));
  encodeOnnxModel(convertModel(archive, inputs));
}

async function fuzz(seed: string, fileOf: (random: () => number, i: number) => Promise<Uint8Array>): Promise<void> {
  const random = seededRandom(seed);
  let refused = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < MUTATIONS; i++) {
    const file = await fileOf(random, i);
    try {
      await convert(file);
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
      assert.equal(error.code, 'MODEL_LOAD', `mutation ${i}: ${error.message}`);
      refused++;
    }
  }
  assert.ok(refused > MUTATIONS / 10, `${refused} of ${MUTATIONS} were refused`);
  assert.ok(Number(process.hrtime.bigint() - start) < 60e9, 'the mutations took more than a minute');
}

/** The archive with one record's bytes changed, and sound otherwise: sizes and checksums are right. */
async function withRecord(file: Uint8Array, wanted: RegExp, change: (content: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const records = await readZipRecords(file);
  const name = records.names.find(each => wanted.test(each))!;
  return zip(records.names.map(each => ({ name: each, content: each === name ? change(records.read(each)) : records.read(each) })));
}

const files = NAMES.map(name => readFileSync(`${FOLDER}/${name}.pt`));

test('a damaged archive converts or is refused', async () => {
  await fuzz('pytorch zip', (random, i) => Promise.resolve(mutateBytes(files[i % files.length]!, random)));
});

test('an archive with a damaged pickle converts or is refused', async () => {
  await fuzz('pytorch pickle', (random, i) =>
    withRecord(files[i % files.length]!, /\/data\.pkl$/, content => mutateBytes(content, random)),
  );
});

test('an archive with damaged code converts or is refused', async () => {
  await fuzz('pytorch code', (random, i) =>
    withRecord(files[i % files.length]!, /\/code\/.*\.py$/, content => mutateBytes(content, random)),
  );
});
