import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { roomFor } from '../../kit/trees/row-scorer.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { mutateBytes } from '../../testing/mutate-bytes.test.fixture.js';
import { inputOf, scorerInit } from './lightgbm-runtime.js';
import { createLightgbmScorer } from './lightgbm-scorer.js';
import { readModel } from './read-model.js';
import { referenceModels } from './reference-models.test.fixture.js';

const MUTATIONS = 1_000;

test('a damaged model text predicts or is refused', () => {
  const random = seededRandom('lightgbm');
  const files = referenceModels().map(({ file }) => file);
  let refused = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const file = mutateBytes(files[i % files.length]!, random);
    try {
      predict(file);
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
      assert.equal(error.code, 'MODEL_LOAD', `mutation ${i}`);
      refused++;
    }
  }
  assert.ok(refused > MUTATIONS / 10 && refused < MUTATIONS, `${refused} of ${MUTATIONS} were refused`);
});

/** Opens the model and runs it over three rows. */
function predict(file: Uint8Array): void {
  const model = readModel(file);
  inputOf(model);
  const scorer = createLightgbmScorer(scorerInit(model, undefined));
  const data = Float64Array.from({ length: 3 * model.featureCount }, (_, i) => (i % 3 === 0 ? NaN : i - 5));
  scorer.scoring(scorer.outputs.map(output => output.name))(
    data,
    { from: 0, to: 3 },
    scorer.outputs.map(output => roomFor(output, 3)),
  );
}
