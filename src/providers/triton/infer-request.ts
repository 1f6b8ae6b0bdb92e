import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { BINARY_CONTENT_TYPE, JSON_LENGTH_HEADER, toBinary } from '../../kit/tensor/binary-tensor.js';
import { toJsonData } from '../../kit/tensor/json-tensor.js';
import type { Tensor } from '../../kit/tensor/tensor.js';
import type { TritonPost } from './triton-server.js';

export interface InferRequest {
  /** Sent back by the server. */
  readonly id: string;
  readonly inputs: readonly Tensor[];
  /** Names of the wanted outputs; all where it is empty. */
  readonly outputs: readonly string[];
  /** JSON members of `parameters`, each as text. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly isBinary: boolean;
  readonly compression: 'gzip' | undefined;
}

const gzipped = promisify(gzip);

/** Headers and body of `POST …/infer`. */
export async function writeInferRequest(request: InferRequest): Promise<Pick<TritonPost, 'headers' | 'body' | 'bytes' | 'answerAs'>> {
  const { isBinary, compression } = request;
  const binary = isBinary ? request.inputs.map(toBinary) : [];
  const json = requestJson(request, binary);
  if (!isBinary && compression === undefined) {
    return { headers: { 'content-type': 'application/json', accept: 'application/json' }, body: json, answerAs: 'body' };
  }
  const header = Buffer.from(json);
  const plain = Buffer.concat([header, ...binary]);
  return {
    headers: {
      ...(isBinary
        ? { 'content-type': BINARY_CONTENT_TYPE, accept: '*/*', [JSON_LENGTH_HEADER]: String(header.byteLength) }
        : { 'content-type': 'application/json', accept: 'application/json' }),
      ...(compression && { 'content-encoding': compression }),
    },
    bytes: compression === undefined ? plain : await gzipped(plain),
    answerAs: isBinary ? 'bytes' : 'body',
  };
}

/** As text, since numbers of 64 bits have digits that `JSON.stringify` does not write. */
function requestJson({ id, inputs, outputs, parameters, isBinary }: InferRequest, binary: readonly Uint8Array[]): string {
  const tensors = inputs.map((tensor, i) => {
    const { name, datatype, shape } = tensor;
    const head = `"name":${JSON.stringify(name)},"shape":${JSON.stringify(shape)},"datatype":"${datatype}"`;
    return isBinary ? `{${head},"parameters":{"binary_data_size":${binary[i]!.byteLength}}}` : `{${head},"data":${toJsonData(tensor)}}`;
  });
  const wanted = outputs.map(name => JSON.stringify({ name, ...(isBinary && { parameters: { binary_data: true } }) }));
  const given = [...parameters, ...(isBinary && outputs.length === 0 ? [['binary_data_output', 'true'] as const] : [])];
  const members = [
    `"id":${JSON.stringify(id)}`,
    ...(given.length > 0 ? [`"parameters":{${given.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`] : []),
    `"inputs":[${tensors.join(',')}]`,
    ...(wanted.length > 0 ? [`"outputs":[${wanted.join(',')}]`] : []),
  ];
  return `{${members.join(',')}}`;
}
