import { BINARY_CONTENT_TYPE, JSON_LENGTH_HEADER, toBinary } from '../../kit/tensor/binary-tensor.js';
import { toJsonData } from '../../kit/tensor/json-tensor.js';
import { elementCount, type Tensor } from '../../kit/tensor/tensor.js';
import { Refusal } from '../simulator/reply.js';
import type { PreparedAnswer } from '../simulator/simulated-protocol.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { checkInputs } from './check-inputs.js';
import { readInferRequest, type InferRequest } from './read-infer-request.js';
import type { SimulatedTensorModel } from './tensor-model.js';
import { errorReply, invalidArgument } from './wire-error.js';

/** `POST …/infer`. @throws {Refusal} 400 for a request that Triton would refuse, 500 where the model throws. */
export function answerInfer(request: SimulatedRequest, model: SimulatedTensorModel, version: string): PreparedAnswer {
  const infer = readInferRequest(request, model.name);
  checkInputs(infer, model);
  const outputs = runModel(infer, model, version).filter(({ name }) => infer.outputs.size === 0 || infer.outputs.has(name));
  return { inputs: rowsOf(infer.inputs, model), promptTokens: 0, completionTokens: 0, ...writeAnswer(outputs, { infer, model, version }) };
}

function runModel({ id, inputs }: InferRequest, model: SimulatedTensorModel, version: string): readonly Tensor[] {
  try {
    return model.run(new Map(inputs.map(input => [input.name, input])), { version });
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Refusal(errorReply(500, `[request id: ${id ?? '<id_unknown>'}] ${message}`));
  }
}

interface AnswerInit {
  readonly infer: InferRequest;
  readonly model: SimulatedTensorModel;
  readonly version: string;
}

function writeAnswer(outputs: readonly Tensor[], { infer, model, version }: AnswerInit): Pick<PreparedAnswer, 'body' | 'headers'> {
  const binary: Uint8Array[] = [];
  const written = outputs.map(output => {
    const { name, datatype, shape } = output;
    const head = `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":${JSON.stringify(shape)}`;
    if (!(infer.outputs.get(name) ?? infer.isBinaryOutput)) return `{${head},"data":${jsonData(output)}}`;
    const bytes = toBinary(output);
    binary.push(bytes);
    return `{${head},"parameters":{"binary_data_size":${bytes.byteLength}}}`;
  });
  const id = infer.id === undefined ? '' : `"id":${JSON.stringify(infer.id)},`;
  const json = `{${id}"model_name":${JSON.stringify(model.name)},"model_version":"${version}","outputs":[${written.join(',')}]}`;
  if (binary.length === 0) return { body: json };
  const header = Buffer.from(json);
  return {
    headers: { 'content-type': BINARY_CONTENT_TYPE, [JSON_LENGTH_HEADER]: String(header.byteLength) },
    body: Buffer.concat([header, ...binary]),
  };
}

/** NaN and infinities stand there as words, which no other JSON has. */
function jsonData({ name, datatype, ...tensor }: Tensor): string {
  if (datatype === 'FP16' || datatype === 'BF16') {
    throw invalidArgument(`sending ${datatype} data via JSON is not supported. Please use the binary data format for output ${name}`);
  }
  return toJsonData({ name, datatype, ...tensor });
}

/** A text for each row of a request, equal for equal rows. */
function rowsOf(inputs: readonly Tensor[], { name, maxBatchSize }: SimulatedTensorModel): string[] {
  const rows = maxBatchSize > 0 ? inputs[0]!.shape[0]! : 1;
  const texts = Array.from({ length: rows }, () => `${name}:`);
  for (const input of inputs) {
    const width = elementCount(input.shape) / rows;
    for (let row = 0; row < rows; row++) {
      const bytes = toBinary({ ...input, data: input.data.slice(row * width, (row + 1) * width) });
      texts[row] += `${bytes.byteLength}:${Buffer.from(bytes).toString('latin1')}`;
    }
  }
  return texts;
}
