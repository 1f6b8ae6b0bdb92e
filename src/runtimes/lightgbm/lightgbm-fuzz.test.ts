import { test } from 'node:test';
import { roomFor } from '../../kit/trees/row-scorer.js';
import { fuzzFiles } from '../../testing/fuzz-files.test.fixture.js';
import { inputOf, scorerInit } from './lightgbm-runtime.js';
import { createLightgbmScorer } from './lightgbm-scorer.js';
import { readModel } from './read-model.js';
import { referenceModels } from './reference-models.test.fixture.js';

test('a damaged model text predicts or is refused', () => {
  fuzzFiles(
    'lightgbm',
    referenceModels().map(({ file }) => file),
    predict,
  );
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
