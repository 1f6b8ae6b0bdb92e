import { MillraceError } from '../../common/error.js';
import { ColumnBuilder } from '../../kit/column-builder.js';
import { quotaOf } from '../../kit/quota.js';
import { takeColumn, takeRows, valueAt, type Batch, type Column } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { Model, ModelCall, ModelContext, ModelResult } from '../../spec/provider.js';
import { decodeOutputs } from './decode-outputs.js';
import { readDefaultAnswer, type DefaultAnswer } from './default-value.js';
import { describeModel } from './describe-model.js';
import { encodeInputs, findUnusableRows } from './encode-inputs.js';
import { writeInferRequest } from './infer-request.js';
import { readInferResponse } from './infer-response.js';
import { modelUrls } from './model-url.js';
import { requestParameters } from './request-parameters.js';
import { planTensors } from './tensor-plan.js';
import type { TritonOptions } from './triton-options.js';
import { createTritonServer } from './triton-server.js';

/** Most rows of a request to a model that does not tell: bounds the memory of a call. */
const MAX_INPUTS = 65_536;

/** Asks the server for the model, fits the columns to it, and opens it. @throws {MillraceError} as `Provider.openModel`. */
export async function openTritonModel(context: ModelContext<TritonOptions>): Promise<Model> {
  const { options, inputs, outputs } = context;
  const parameters = requestParameters(options);
  const fallback = readDefaultAnswer(options['default-value'], outputs);
  const pinned = options['model-version'] === 'latest' ? undefined : options['model-version'];
  const urls = modelUrls(options.endpoint, options.model, pinned);
  const server = createTritonServer(context);
  const { signature, takesBinary } = await describeModel(server, urls, options.model);
  const plan = planTensors({ signature, inputs, outputs, flatten: options['flatten-batch-dim'] });
  const isBinary = options.binary ?? takesBinary;
  const wanted = [...new Set(plan.reads.flatMap(read => read.tensor ?? []))];
  const isSequence = options['sequence-id'] !== undefined;
  let version = pinned ?? newest(signature.versions);

  async function predict(batch: Batch, { signal, callId }: ModelCall): Promise<ModelResult> {
    const failures = findUnusableRows(batch, { plan, inputs, isBinary });
    const sent = rowsWithout(failures, batch.rowCount);
    if (sent.length === 0) return assemble({ outputs, rowCount: batch.rowCount, columns: [], sent, failures, fallback });
    const usable = failures.size === 0 ? batch : takeRows(batch, sent);
    const request = await writeInferRequest({
      id: callId,
      inputs: encodeInputs(usable, plan),
      outputs: wanted,
      parameters,
      isBinary,
      compression: options.compression,
    });
    const response = await server.post({ url: `${urls.model}/infer`, ...request, signal });
    const answer = readInferResponse(response);
    version = answer.version ?? version;
    const { columns, failures: misfits } = decodeOutputs(answer.outputs, plan, sent.length);
    for (const [row, error] of misfits) failures.set(sent[row]!, error);
    return assemble({ outputs, rowCount: batch.rowCount, columns, sent, failures, fallback });
  }

  return {
    maxInputsPerCall: plan.form === 'single' || isSequence ? 1 : signature.maxBatchSize || MAX_INPUTS,
    /** Of the last answer, since a server may load another one while the job runs. */
    get version() {
      return version === undefined ? options.model : `${options.model}/${version}`;
    },
    quota: quotaOf({ endpoint: urls.server, credential: options['auth-token'], model: options.model }),
    predict,
  };
}

/** Triton serves the highest number of those that it has. */
function newest(versions: readonly string[]): string | undefined {
  return versions.toSorted((a, b) => Number(a) - Number(b)).at(-1);
}

function rowsWithout(failures: ReadonlyMap<number, MillraceError>, rowCount: number): number[] {
  return Array.from({ length: rowCount }, (_, row) => row).filter(row => !failures.has(row));
}

interface Assembly {
  readonly outputs: readonly Field[];
  /** Of the call. */
  readonly rowCount: number;
  /** Answers of the rows that were sent; empty where none was. */
  readonly columns: readonly Column[];
  /** Those rows, ascending. */
  readonly sent: readonly number[];
  readonly failures: ReadonlyMap<number, MillraceError>;
  readonly fallback: DefaultAnswer | undefined;
}

function assemble({ outputs, rowCount, columns, sent, failures, fallback }: Assembly): ModelResult {
  if (failures.size === 0) return { outputs: columns };
  const answered = sent.flatMap((row, i) => (failures.has(row) ? [] : [{ row, i }]));
  if (fallback === undefined) {
    const places = answered.map(({ i }) => i);
    const kept = outputs.map(({ type }, c) =>
      columns[c] === undefined ? new ColumnBuilder(type, 0).build() : takeColumn(columns[c], places),
    );
    return { outputs: kept, inputOf: Uint32Array.from(answered, ({ row }) => row), failures };
  }
  const filled = outputs.map(({ type }, c) => {
    const builder = new ColumnBuilder(type, rowCount);
    for (let row = 0; row < rowCount; row++) builder.set(row, fallback.value);
    for (const { row, i } of answered) builder.set(row, valueAt(columns[c]!, i));
    return builder.build();
  });
  return { outputs: filled };
}
