import { test } from 'node:test';
import { roomFor } from '../../kit/trees/row-scorer.js';
import { fuzzFiles } from '../../testing/fuzz-files.test.fixture.js';
import { readModel } from './read-model.js';
import { referenceModels } from './reference-models.test.fixture.js';
import { inputOf, scorerInit } from './xgboost-runtime.js';
import { createXgboostScorer } from './xgboost-scorer.js';

for (const encoding of ['json', 'ubj', 'deprecated']) {
  test(`a damaged ${encoding} file predicts or is refused`, () => {
    const models = ['1.7.6', '2.1.4', '3.4.1'].flatMap(version => referenceModels(version));
    fuzzFiles(
      `xgboost ${encoding}`,
      models.flatMap(({ files }) => files[encoding] ?? []),
      predict,
    );
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
