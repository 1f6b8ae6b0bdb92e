import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MillraceError } from '../../common/error.js';
import type { PredictColumns } from '../../kit/model-columns/bind-columns.js';
import { viewModelFile } from '../../kit/view-model-file.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { LoadedModel, ModelInput } from '../../spec/model-runtime.js';
import { sidecar } from './sidecar-runtime.js';

/** Interpreters that the test runner gives; absent where there are none. */
export const torchPython = process.env['MILLRACE_TEST_TORCH_PYTHON'];
export const tensorflowPython = process.env['MILLRACE_TEST_TENSORFLOW_PYTHON'];

/** Why tests that need PyTorch or TensorFlow cannot run; false where they can. */
export const withoutTorch =
  torchPython === undefined &&
  (process.env['MILLRACE_TEST_TORCH_PYTHON_ABSENT'] ?? 'MILLRACE_TEST_TORCH_PYTHON is set by node scripts/test.mjs');
export const withoutTensorflow =
  tensorflowPython === undefined &&
  (process.env['MILLRACE_TEST_TENSORFLOW_PYTHON_ABSENT'] ?? 'MILLRACE_TEST_TENSORFLOW_PYTHON is set by node scripts/test.mjs');

/** Runs a program in Python; what it prints is JSON. */
export async function python<Result>(interpreter: string, folder: string, text: string): Promise<Result> {
  const script = join(folder, `script-${Buffer.from(text).length}.py`);
  await writeFile(script, text);
  const { stdout } = await promisify(execFile)(interpreter, [script], {
    cwd: folder,
    maxBuffer: 2 ** 26,
    env: { PATH: '/usr/bin:/bin', TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  return JSON.parse(stdout) as Result;
}

/** A program that is started in place of Python: JavaScript, with the socket as `socket` and `send(header, payload)`. */
export async function fakePython(folder: string, body: string): Promise<string> {
  const path = join(folder, `fake-${body.length}.cjs`);
  const prelude = `
const socket = new (require('node:net').Socket)({ fd: 3, allowHalfOpen: true });
const send = (header, payload = Buffer.alloc(0)) => {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(12);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeBigUInt64LE(BigInt(payload.length), 4);
  socket.write(Buffer.concat([prefix, text, payload]));
};
const hello = { kind: 'hello', protocol: 1, python: '3.11.7', executable: 'fake' };
const loaded = { kind: 'loaded', framework: '1.0', inputs: [{ name: 'x', element: 'float32', shape: null }], peak: 1000 };
`;
  await writeFile(path, `#!${process.execPath}\n${prelude}${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Frames of the worker as they come; answers each run with its own input, unless `special` takes it. */
export const ECHO = `
let bytes = Buffer.alloc(0);
send(hello);
socket.on('data', chunk => {
  bytes = Buffer.concat([bytes, chunk]);
  while (bytes.length >= 12) {
    const size = bytes.readUInt32LE(0), payloadSize = Number(bytes.readBigUInt64LE(4));
    if (bytes.length < 12 + size + payloadSize) return;
    const header = JSON.parse(bytes.toString('utf8', 12, 12 + size));
    const payload = Buffer.from(bytes.subarray(12 + size, 12 + size + payloadSize));
    bytes = bytes.subarray(12 + size + payloadSize);
    if (header.kind === 'load') send(loaded);
    else if (header.kind === 'close') return;
    else if (!special(header, payload)) echo(header, payload);
  }
});
socket.on('end', () => setTimeout(() => process.exit(0), 150));
const echo = ({ id, tensors }, payload) =>
  send({ kind: 'result', id, peak: 1000, tensors: [{ name: 'y', element: 'float32', shape: tensors[0].shape, bytes: payload.length }] }, payload);
`;

export interface OpenOptions {
  readonly options?: Readonly<Record<string, string>>;
  readonly format?: string;
  readonly threads?: number;
  readonly device?: 'cpu' | 'gpu';
  readonly declaredInputs?: readonly ModelInput[];
}

export async function openModel(
  path: string,
  { options = {}, format = 'pytorch', threads = 1, device = 'cpu', declaredInputs }: OpenOptions,
): Promise<LoadedModel> {
  return sidecar.open({
    name: 'm',
    file: await viewModelFile(path),
    format,
    options: sidecar.options.parse(options),
    threads,
    device,
    declaredInputs,
  });
}

/** The answers for rows, in calls of `size`; a row that fails gives its message. */
export async function answersOf(
  predict: PredictColumns,
  inputs: readonly Field[],
  rows: readonly (readonly Value[])[],
  size: number,
): Promise<(readonly Value[] | string)[]> {
  const answers: (readonly Value[] | string)[] = [];
  for (let from = 0; from < rows.length; from += size) {
    const { outputs, inputOf, failures } = await predict(batchOfRows(inputs, rows.slice(from, from + size)), new AbortController().signal);
    const batch: Batch = { kind: 'batch', rowCount: outputs[0]!.values.length, columns: outputs };
    for (let i = 0; i < batch.rowCount; i++) answers[from + (inputOf?.[i] ?? i)] = rowAt(batch, i);
    for (const [row, error] of failures ?? []) answers[from + row] = error.message;
  }
  return answers;
}

/** What a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<MillraceError> {
  try {
    await promise;
  } catch (error) {
    if (MillraceError.is(error)) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
