import { gunzipSync, inflateSync } from 'node:zlib';
import { fromBinary, JSON_LENGTH_HEADER } from '../../kit/tensor/binary-tensor.js';
import { fromJsonData, parseTensorJson } from '../../kit/tensor/json-tensor.js';
import { isDatatype, type Tensor } from '../../kit/tensor/tensor.js';
import { isObject, type Body } from '../simulator/json-body.js';
import type { SimulatedRequest } from '../simulator/simulated-request.js';
import { invalidArgument } from './wire-error.js';

export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  /** Wanted outputs, and whether each is wanted as bytes; all where it is empty. */
  readonly outputs: ReadonlyMap<string, boolean>;
  /** For outputs that `outputs` does not name. */
  readonly isBinaryOutput: boolean;
  readonly parameters: Body;
}

/**
 * Reads the body of `POST …/infer`: JSON, then the tensors that it says are binary.
 *
 * @throws {Refusal} 400 in the words of Triton's HTTP server.
 */
export function readInferRequest({ headers, body }: SimulatedRequest, model: string): InferRequest {
  const bytes = decompress(body, headers['content-encoding']);
  const jsonLength = readJsonLength(headers[JSON_LENGTH_HEADER], bytes.byteLength);
  const json = readJson(bytes.subarray(0, jsonLength));
  if (!Array.isArray(json['inputs']))
    throw invalidArgument("Unable to parse 'inputs': attempt to access non-existing object member 'inputs'");
  let rest = bytes.subarray(jsonLength);
  const inputs = json['inputs'].map((input: unknown) => {
    const size = isObject(input) && isObject(input['parameters']) ? input['parameters']['binary_data_size'] : undefined;
    const own = typeof size === 'number' ? rest.subarray(0, size) : undefined;
    if (own !== undefined) rest = rest.subarray(own.byteLength);
    return readInput(input, { own, size, model });
  });
  if (rest.byteLength > 0) throw invalidArgument(`unexpected additional input data for model '${model}'`);
  const parameters = isObject(json['parameters']) ? json['parameters'] : {};
  return {
    id: typeof json['id'] === 'string' ? json['id'] : undefined,
    inputs,
    outputs: readOutputs(json['outputs']),
    isBinaryOutput: parameters['binary_data_output'] === true,
    parameters,
  };
}

function decompress(body: Buffer, encoding: string | undefined): Buffer {
  try {
    if (encoding === 'gzip') return gunzipSync(body);
    if (encoding === 'deflate') return inflateSync(body);
  } catch {
    throw invalidArgument('compressed data appears to be truncated or corrupted');
  }
  if (encoding === undefined || encoding === 'identity') return body;
  throw invalidArgument('Unsupported compression type');
}

function readJsonLength(header: string | string[] | undefined, contentLength: number): number {
  if (header === undefined) return contentLength;
  const length = Number(header);
  if (Number.isInteger(length) && length >= 0 && length <= contentLength) return length;
  throw invalidArgument(`inference header size should be in range (0, ${contentLength}), got: ${String(header)}`);
}

function readJson(bytes: Buffer): Body {
  try {
    const json = parseTensorJson(bytes.toString('utf8'));
    if (isObject(json)) return json;
  } catch {
    throw invalidArgument('failed to parse the request JSON buffer: Invalid value. at 0');
  }
  throw invalidArgument("Unable to parse 'inputs': attempt to access JSON non-object as object");
}

interface BinaryPart {
  /** The bytes of the input; `undefined` for one in JSON. */
  readonly own: Buffer | undefined;
  readonly size: unknown;
  readonly model: string;
}

function readInput(input: unknown, { own, size, model }: BinaryPart): Tensor {
  if (!isObject(input)) throw invalidArgument("Unable to parse 'inputs': attempt to access JSON non-object as object");
  const { name, datatype, shape, data } = input as Readonly<Record<'name' | 'datatype' | 'shape' | 'data', unknown>>;
  if (typeof name !== 'string') throw invalidArgument("Unable to parse 'name': attempt to access non-existing object member 'name'");
  if (!isDatatype(datatype)) throw invalidArgument(`invalid datatype for input ${name}`);
  if (!Array.isArray(shape) || !shape.every(dimension => Number.isSafeInteger(dimension) && (dimension as number) >= 0))
    throw invalidArgument("Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer");
  if (own === undefined && (datatype === 'FP16' || datatype === 'BF16')) {
    throw invalidArgument(`receiving ${datatype} data via JSON is not supported. Please use the binary data format for input ${name}`);
  }
  if (own !== undefined && own.byteLength < (size as number)) {
    throw invalidArgument(
      `unexpected size for input '${name}', expecting ${(size as number) - own.byteLength} additional bytes for model '${model}'`,
    );
  }
  const dims = shape as number[];
  const elements = own === undefined ? fromJsonData(data, datatype, dims) : fromBinary(own, datatype, dims);
  if (elements !== undefined) return { name, datatype, shape: dims, data: elements };
  throw invalidArgument(
    own === undefined
      ? `Unable to parse 'data': Shape does not match true shape of 'data' field`
      : `input byte size mismatch for input '${name}' for model '${model}'. Expected ${String(dims)} elements of ${datatype}, got ${own.byteLength} bytes`,
  );
}

function readOutputs(outputs: unknown): ReadonlyMap<string, boolean> {
  if (outputs === undefined) return new Map();
  if (!Array.isArray(outputs)) throw invalidArgument("Unable to parse 'outputs': attempt to access JSON non-array as array");
  return new Map(
    outputs.map((output: unknown): [string, boolean] => {
      if (!isObject(output) || typeof output['name'] !== 'string')
        throw invalidArgument("Unable to parse 'name': attempt to access non-existing object member 'name'");
      return [output['name'], isObject(output['parameters']) && output['parameters']['binary_data'] === true];
    }),
  );
}
