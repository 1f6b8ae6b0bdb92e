import { MillraceError } from '../../common/error.js';
import type { HttpResponse } from '../../spec/provider.js';
import { readSignature, type ModelSignature } from './model-signature.js';
import type { ModelUrls } from './model-url.js';
import type { TritonServer } from './triton-server.js';

/** What is known of a model before the first request. */
export interface ModelDescription {
  readonly signature: ModelSignature;
  /** Whether the server says that it takes tensors as bytes. */
  readonly takesBinary: boolean;
}

/** What Triton, KServe and others call the extension. */
const BINARY_EXTENSIONS: ReadonlySet<unknown> = new Set(['binary_tensor_data', 'binary_data']);

/**
 * Asks the server what it can, whether the model is ready, and what goes in and out.
 *
 * @throws {MillraceError} `MODEL_LOAD` where it has no such model; `SERVICE_ERROR` where it or the model is not ready;
 * `UNREACHABLE` or `TIMEOUT` where it does not answer; `UNAUTHORIZED`.
 */
export async function describeModel(server: TritonServer, urls: ModelUrls, model: string): Promise<ModelDescription> {
  const about = await server.get(urls.server);
  refuseUnauthorized(server, about);
  const metadata = await server.get(urls.model);
  refuseUnauthorized(server, metadata);
  if (!isSuccess(metadata)) throw await missingModel(server, { urls, model, response: metadata });
  const ready = await server.get(`${urls.model}/ready`);
  // Servers without this address have models that are ready.
  if (ready.status === 503 || (ready.status === 400 && isSuccess(about))) throw notReady(server, ready, `model "${model}"`);
  const config = await server.get(`${urls.model}/config`);
  return {
    signature: readSignature(parse(metadata), isSuccess(config) ? parse(config) : undefined),
    takesBinary: isSuccess(about) && extensionsOf(parse(about)).some(name => BINARY_EXTENSIONS.has(name)),
  };
}

interface Missing {
  readonly urls: ModelUrls;
  readonly model: string;
  readonly response: HttpResponse;
}

async function missingModel(server: TritonServer, { urls, model, response }: Missing): Promise<MillraceError> {
  if (response.status !== 400 && response.status !== 404) return server.failed(response);
  const health = await server.get(`${urls.server}/health/ready`);
  const { message, cause } = server.failed(response);
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `the server at "${new URL(urls.server).origin}" does not give model "${model}": ${message}`,
    notes: [{ message: hintOf(health) }],
    context: { httpStatus: response.status },
    cause,
  });
}

/** What the server's own health says about a model that it does not give. */
function hintOf({ status }: HttpResponse): string {
  if (status >= 200 && status <= 299) return 'check "model" and "model-version", and that the server has loaded the model';
  if (status === 400 || status === 503) return 'the server says that it is not ready: its log tells which models it could not load';
  return 'check that "endpoint" is the base URL of a server of the Open Inference Protocol v2';
}

function notReady(server: TritonServer, response: HttpResponse, what: string): MillraceError {
  const { message } = server.failed(response);
  return new MillraceError({
    code: 'SERVICE_ERROR',
    message: `${what} is not ready: ${message}`,
    retry: 'backoff',
    context: { httpStatus: response.status },
  });
}

function refuseUnauthorized(server: TritonServer, response: HttpResponse): void {
  if (response.status === 401 || response.status === 403) throw server.failed(response);
}

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status <= 299;
}

function parse({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function extensionsOf(about: unknown): readonly unknown[] {
  const { extensions } = (about ?? {}) as { readonly extensions?: unknown };
  return Array.isArray(extensions) ? extensions : [];
}
