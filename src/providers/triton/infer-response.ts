import { MillraceError } from '../../common/error.js';
import { fromBinary, JSON_LENGTH_HEADER } from '../../kit/tensor/binary-tensor.js';
import { fromJsonData, parseTensorJson } from '../../kit/tensor/json-tensor.js';
import { isDatatype, type Tensor } from '../../kit/tensor/tensor.js';
import type { HttpResponse } from '../../spec/provider.js';

export interface InferResponse {
  /** The version that answered; `undefined` where the server does not count versions. */
  readonly version: string | undefined;
  readonly outputs: readonly Tensor[];
}

/**
 * Reads the 2xx answer of `POST …/infer`, JSON alone or followed by binary tensors.
 *
 * @throws {MillraceError} `SERVICE_ERROR` for a body that is cut, no JSON, or `{"error": …}`, and `BAD_ANSWER` for one of another
 * form, both with `retry: 'backoff'`.
 */
export function readInferResponse({ status, headers, body, bytes }: HttpResponse): InferResponse {
  const failAs = (code: 'SERVICE_ERROR' | 'BAD_ANSWER', problem: string, cause?: unknown): never => {
    throw new MillraceError({
      code,
      message: `triton answered ${status} with ${problem}`,
      retry: 'backoff',
      context: { httpStatus: status },
      cause,
    });
  };
  const fail = (problem: string, cause?: unknown): never => failAs('SERVICE_ERROR', problem, cause);
  const length = headers[JSON_LENGTH_HEADER];
  const jsonLength = bytes === undefined || length === undefined ? bytes?.byteLength : Number(length);
  const text = bytes === undefined ? body : new TextDecoder().decode(bytes.subarray(0, jsonLength));
  const json = parseBody(text, fail);
  const { outputs, error, model_version: version } = json;
  if (typeof error === 'string') fail(`an error: ${error.slice(0, 300)}`);
  if (!Array.isArray(outputs)) return failAs('BAD_ANSWER', 'a body without "outputs"');
  let rest = bytes?.subarray(jsonLength) ?? new Uint8Array();
  const tensors = outputs.map((output: unknown): Tensor => {
    const { name, datatype, shape, data, parameters } = (output ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || !isDatatype(datatype) || !isShape(shape))
      return failAs('BAD_ANSWER', 'an output whose name, datatype or shape is none of the protocol');
    const size = (parameters as { readonly binary_data_size?: unknown } | undefined)?.binary_data_size;
    const elements = typeof size === 'number' ? fromBinary(rest.subarray(0, size), datatype, shape) : fromJsonData(data, datatype, shape);
    if (typeof size === 'number') rest = rest.subarray(size);
    return elements === undefined
      ? fail(`an output "${name}" whose data is not ${datatype} [${shape.join(', ')}]`)
      : { name, datatype, shape, data: elements };
  });
  if (rest.byteLength > 0) fail(`${rest.byteLength} bytes behind its tensors`);
  return { version: typeof version === 'string' && version !== '' ? version : undefined, outputs: tensors };
}

function parseBody(text: string, fail: (problem: string, cause?: unknown) => never): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = parseTensorJson(text);
  } catch (cause) {
    return fail(text.trim() === '' ? 'an empty body' : 'a body that is not complete JSON', cause);
  }
  return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : fail('a body that is no JSON object');
}

function isShape(shape: unknown): shape is number[] {
  return Array.isArray(shape) && shape.every(size => Number.isSafeInteger(size) && (size as number) >= 0);
}
