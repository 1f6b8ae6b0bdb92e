import type { Tensor } from '../../kit/tensor/tensor.js';
import type { InferRequest } from './read-infer-request.js';
import { fullShape, type SimulatedTensorModel, type TensorDeclaration } from './tensor-model.js';
import { invalidArgument } from './wire-error.js';

const BATCH_NOTE =
  'NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';

/**
 * Holds a request to what the model declares, in the order and the words of Triton's core.
 *
 * @throws {Refusal} 400
 */
export function checkInputs({ id, inputs, outputs, parameters }: InferRequest, model: SimulatedTensorModel): void {
  const fail = (message: string): never => {
    throw invalidArgument(`[request id: ${id ?? '<id_unknown>'}] ${message}`);
  };
  for (const name of outputs.keys()) {
    if (!model.outputs.some(output => output.name === name)) fail(`unexpected inference output '${name}' for model '${model.name}'`);
  }
  checkNames(inputs, model, fail);
  if (model.maxBatchSize > 0) checkBatch(inputs, model, fail);
  for (const input of inputs) checkInput(input, model, fail);
  if (parameters['sequence_id'] !== undefined && model.maxBatchSize > 0 && inputs[0]!.shape[0] !== 1) {
    fail(`inference request to model '${model.name}' must specify batch-size 1 due to requirements of sequence batcher`);
  }
}

type Fail = (message: string) => never;

function checkNames(inputs: readonly Tensor[], model: SimulatedTensorModel, fail: Fail): void {
  const names = inputs.map(({ name }) => name);
  const unknown = names.find(name => !model.inputs.some(input => input.name === name));
  if (unknown !== undefined) fail(`unexpected inference input '${unknown}' for model '${model.name}'`);
  const missing = model.inputs.filter(({ name, optional }) => !optional && !names.includes(name)).map(({ name }) => name);
  if (missing.length === 0) return;
  fail(
    `expected ${model.inputs.length} inputs but got ${names.length} inputs for model '${model.name}'. Got inputs ${listed(names)}, but missing required inputs ${listed(missing)}. Please provide all required inputs.`,
  );
}

function listed(names: readonly string[]): string {
  return `[${names.map(name => `'${name}'`).join(',')}]`;
}

function checkBatch(inputs: readonly Tensor[], model: SimulatedTensorModel, fail: Fail): void {
  for (const { name, shape } of inputs) {
    if (shape.length === 0) fail(`input '${name}' has no shape but model requires batch dimension for '${model.name}'`);
    if (shape[0] !== inputs[0]!.shape[0]) fail(`input '${name}' batch size does not match other inputs for '${model.name}'`);
  }
  if (inputs[0]!.shape[0]! > model.maxBatchSize) fail(`inference request batch-size must be <= ${model.maxBatchSize} for '${model.name}'`);
}

function checkInput({ name, datatype, shape }: Tensor, model: SimulatedTensorModel, fail: Fail): void {
  const declared = model.inputs.find(input => input.name === name) as TensorDeclaration;
  if (datatype !== declared.datatype)
    fail(`inference input '${name}' data-type is '${datatype}', but model '${model.name}' expects '${declared.datatype}'`);
  const expected = fullShape(declared, model);
  const fits = shape.length === expected.length && expected.every((size, i) => size < 0 || size === shape[i]);
  if (fits) return;
  const note = model.maxBatchSize > 0 ? BATCH_NOTE : '';
  fail(
    `unexpected shape for input '${name}' for model '${model.name}'. Expected [${expected.join(',')}], got [${shape.join(',')}]. ${note}`,
  );
}
