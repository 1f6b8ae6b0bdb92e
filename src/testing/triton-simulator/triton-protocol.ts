import type { LimitWords } from '../simulator/rate-limits.js';
import { Refusal, type Reply } from '../simulator/reply.js';
import type { Route, SimulatedProtocol } from '../simulator/simulated-protocol.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { answerInfer } from './infer-endpoint.js';
import type { TritonSimulatorOptions } from './simulator-options.js';
import { fullShape, versionsOf, type SimulatedTensorModel } from './tensor-model.js';
import { errorOfStatus, errorReply, notFound } from './wire-error.js';

/** What Triton 25 lists in `GET /v2`. */
const EXTENSIONS = [
  'classification',
  'sequence',
  'model_repository',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
];

/** Of a proxy: Triton itself has no limits. */
const proxyLimits: LimitWords = {
  headers: () => ({}),
  exceeded: (_, waitMs) => ({ ...errorReply(429, 'Too Many Requests'), headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) } }),
};

export interface TritonProtocolInit {
  readonly options: TritonSimulatorOptions;
  readonly models: readonly SimulatedTensorModel[];
}

/** The Open Inference Protocol v2 as Triton serves it over HTTP. */
export function createTritonProtocol({ options, models }: TritonProtocolInit): SimulatedProtocol {
  return {
    basePath: '',
    limits: proxyLimits,
    authorize: ({ headers }) => checkToken(headers.authorization, options['auth-token']),
    route: request => routeOf(request, { options, models }),
    error: (status, message) => (message === undefined ? errorOfStatus(status) : errorReply(status, message)),
    headers: () => ({}),
  };
}

const MODEL_PATH = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|config|infer))?$/;

function routeOf(request: SimulatedRequest, init: TritonProtocolInit): Route {
  const { method, path = '' } = request;
  if (method === 'GET' && path === '/v2') return json(aboutServer(init.options));
  if (method === 'GET' && path === '/v2/health/live') return empty(200);
  if (method === 'GET' && path === '/v2/health/ready') return empty(isReady(init) ? 200 : 400);
  const [, name, version, action] = MODEL_PATH.exec(path) ?? [];
  if (name === undefined) throw new Refusal({ status: 404, headers: { 'content-type': 'text/html' }, body: 'Not Found' });
  if ((action === 'infer') !== (method === 'POST')) throw new Refusal(errorReply(405, 'Method Not Allowed'));
  const known = init.models.find(model => model.name === decodeURIComponent(name));
  if (action === 'ready') return empty(known?.ready !== false && known !== undefined && serves(known, version) ? 200 : 400);
  const model = findModel(known, { name: decodeURIComponent(name), version });
  if (action === 'infer') {
    const serving = version ?? versionsOf(model).at(-1)!;
    return { kind: 'metered', answer: () => answerInfer(request, model, serving) };
  }
  if (action === undefined) return json(metadataOf(model));
  if (init.options['model-config']) return json(configOf(model));
  throw new Refusal({ status: 404, headers: { 'content-type': 'text/html' }, body: 'Not Found' });
}

function isReady({ models }: TritonProtocolInit): boolean {
  return models.every(({ ready }) => ready !== false);
}

function serves(model: SimulatedTensorModel, version: string | undefined): boolean {
  return version === undefined || versionsOf(model).includes(version);
}

interface Wanted {
  readonly name: string;
  readonly version: string | undefined;
}

/** @throws {Refusal} as Triton for a model or version that it does not serve. */
function findModel(model: SimulatedTensorModel | undefined, { name, version }: Wanted): SimulatedTensorModel {
  if (version !== undefined && !/^\d+$/.test(version)) {
    throw new Refusal(
      errorReply(
        400,
        `failed to get model version from specified version string '${version}' (details: stol), version should be an integral value > 0`,
      ),
    );
  }
  if (model === undefined) throw notFound(`Request for unknown model: '${name}' is not found`);
  if (model.ready === false) throw new Refusal(errorReply(400, `Request for unknown model: '${name}' has no available versions`));
  if (!serves(model, version)) throw notFound(`Request for unknown model: '${name}' version ${version} is not found`);
  return model;
}

function aboutServer({ binary }: TritonSimulatorOptions): object {
  return { name: 'triton', version: '2.59.0', extensions: EXTENSIONS.filter(name => binary || name !== 'binary_tensor_data') };
}

function metadataOf(model: SimulatedTensorModel): object {
  const { name, inputs, outputs } = model;
  const described = (tensors: SimulatedTensorModel['inputs']): object[] =>
    tensors.map(tensor => ({ name: tensor.name, datatype: tensor.datatype, shape: fullShape(tensor, model) }));
  return { name, versions: versionsOf(model), platform: 'onnxruntime_onnx', inputs: described(inputs), outputs: described(outputs) };
}

function configOf({ name, maxBatchSize, inputs, outputs }: SimulatedTensorModel): object {
  const configured = (tensors: SimulatedTensorModel['inputs']): object[] =>
    tensors.map(tensor => ({
      name: tensor.name,
      data_type: `TYPE_${tensor.datatype === 'BYTES' ? 'STRING' : tensor.datatype}`,
      dims: tensor.dims,
      ...(tensor.optional === true && { optional: true }),
    }));
  return { name, platform: 'onnxruntime_onnx', max_batch_size: maxBatchSize, input: configured(inputs), output: configured(outputs) };
}

function checkToken(authorization: string | undefined, expected: string | undefined): void {
  if (expected === undefined || authorization === `Bearer ${expected}`) return;
  throw new Refusal(errorReply(401, authorization === undefined ? 'Unauthorized' : 'Invalid token'));
}

function json(body: object): Route {
  return { kind: 'free', reply: { status: 200, headers: {}, body: JSON.stringify(body) } };
}

function empty(status: Reply['status']): Route {
  return { kind: 'free', reply: { status, headers: { 'content-type': 'text/plain' }, body: '' } };
}
