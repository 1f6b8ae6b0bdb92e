import { MillraceError, toMillraceError } from '../../common/error.js';
import { untilAborted } from '../../common/until-aborted.js';
import { columnOf, type Batch } from '../../spec/batch.js';
import { STRING } from '../../spec/data-type.js';
import type { Features, InferenceEngine, InferenceResult } from '../../spec/inference-engine.js';
import type { Model, ModelResult } from '../../spec/provider.js';
import { outputsText, readFeatures } from './row-text.js';

/** Most rows of one run. */
const MAX_ROWS = 65_536;

/**
 * An engine as the inference runtime calls models: the text of features in, that of outputs out. A row without success is one of
 * `failures`; what the engine throws is the failure of all rows of the run, to be tried again where it may pass.
 */
export function engineModel(engine: () => Promise<InferenceEngine>, version: string): Model {
  return {
    maxInputsPerCall: MAX_ROWS,
    version,
    isRepeatable: false,
    async predict(inputs, { signal }) {
      const rows = featuresOf(inputs);
      try {
        return resultOf(await untilAborted(run(await engine(), rows, signal), signal));
      } catch (thrown) {
        signal.throwIfAborted();
        const error = toMillraceError(thrown);
        // An engine of somebody else may throw anything: that is a failure of the rows and no defect of ours.
        throw error.code === 'INTERNAL' ? new MillraceError({ code: 'PREDICTION_FAILED', message: error.message, cause: thrown }) : error;
      }
    },
  };
}

function featuresOf({ columns, rowCount }: Batch): Features[] {
  return Array.from({ length: rowCount }, (_, row) => readFeatures(columns[0]!.values[row] as unknown as string));
}

async function run(engine: InferenceEngine, rows: readonly Features[], signal: AbortSignal): Promise<readonly InferenceResult[]> {
  return engine.inferBatch ? engine.inferBatch(rows, signal) : Promise.all(rows.map(features => engine.infer(features)));
}

function resultOf(results: readonly InferenceResult[]): ModelResult {
  const good = [...results.keys()].filter(row => results[row]!.isSuccess());
  const failures = new Map(
    [...results.entries()]
      .filter(([, result]) => !result.isSuccess())
      .map(([row, result]) => [
        row,
        new MillraceError({ code: 'PREDICTION_FAILED', message: result.getErrorMessage() ?? 'no reason was told' }),
      ]),
  );
  const outputs = [
    columnOf(
      STRING,
      good.map(row => outputsText(results[row]!.getOutputs())),
    ),
  ];
  return failures.size === 0 ? { outputs } : { outputs, inputOf: Uint32Array.from(good), failures };
}
