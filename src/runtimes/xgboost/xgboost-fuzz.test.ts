import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { roomFor } from '../../kit/trees/row-scorer.js';
import { mutateBytes } from '../../testing/mutate-bytes.test.fixture.js';
import { readModel } from './read-model.js';
import { referenceModels } from './reference-models.test.fixture.js';
import { inputOf, scorerInit } from './xgboost-runtime.js';
import { createXgboostScorer } from './xgboost-scorer.js';

const MUTATIONS = 1_000;

for (const encoding of ['json', 'ubj', 'deprecated']) {
  test(`a damaged ${encoding} file predicts or is refused`, () => {
    const random = seededRandom(`xgboost ${encoding}`);
    const files = ['1.7.6', '2.1.4', '3.4.1'].flatMap(version => referenceModels(version)).flatMap(({ files: all }) => all[encoding] ?? []);
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
}

/** Opens the model and runs it over three rows. */
function predict(file: Uint8Array): void {
  const model = readModel(file);
  inputOf(model);
  const scorer = createXgboostScorer(scorerInit(model, { range: undefined, best: false }));
  const data = Float32Array.from({ length: 3 * model.featureCount }, (_, i) => (i % 3 === 0 ? NaN : i - 5));
  const names = scorer.outputs.map(output => output.name);
  scorer.scoring(names)(
    data,
    { from: 0, to: 3 },
    scorer.outputs.map(output => roomFor(output, 3)),
  );
}
