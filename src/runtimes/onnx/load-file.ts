import { createHash, type Hash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { MillraceError } from '../../common/error.js';
import { describeBytes } from '../../kit/describe-bytes.js';
import { externalData, looksLikeOrt, readModelFile, type ModelFile } from '../../kit/onnx/model-file.js';

/** What protobuf allows for a message. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
/** Weights of other files that are put into the model; larger ones onnxruntime reads itself. */
const MAX_INLINE_BYTES = 2 ** 30;
const MAX_EXTERNAL_FILES = 10_000;

/** An ONNX file that has been read, with the weights beside it. */
export interface LoadedFile {
  readonly file: ModelFile;
  /** What onnxruntime is given: bytes, or the path of a model with large weights beside it. */
  readonly model: Uint8Array | string;
  /** Over what was read. */
  readonly hash: Hash;
  /** With the weights. */
  readonly bytes: number;
}

/**
 * Reads an ONNX file and the files with weights that it names, which stand in its folder or below.
 *
 * @throws {MillraceError} `MODEL_LOAD` or `FILE_NOT_FOUND`.
 */
export async function loadFile(path: string): Promise<LoadedFile> {
  const bytes = await readBytes(path);
  const file = readModelFile(bytes);
  if (file === undefined) throw noModel(path, bytes);
  if (file.problem !== undefined) throw new MillraceError({ code: 'MODEL_LOAD', message: `file "${path}" cannot be run: ${file.problem}` });
  const hash = createHash('sha256').update(bytes);
  if (file.externalFiles.length === 0) return { file, model: file.bytes, hash, bytes: bytes.length };
  const weights = await weightFiles(path, file.externalFiles);
  const size = weights.reduce((sum, each) => sum + each.size, 0);
  if (size <= MAX_INLINE_BYTES) return { file, model: await withWeights(bytes, { file, weights, hash }), hash, bytes: bytes.length + size };
  if (file.rewritten) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `file "${path}" ends in a ZipMap, a sequence or a type that Node cannot read, and has ${size} bytes of weights in other files, which cannot be run together`,
      notes: [{ message: 'export it without ZipMap' }],
    });
  }
  for (const { path: weightPath } of weights) await hashFile(weightPath, hash);
  return { file, model: path, hash, bytes: bytes.length + size };
}

interface WeightFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** A name that leaves the folder could read any file of this machine into the model. */
async function weightFiles(path: string, names: readonly string[]): Promise<WeightFile[]> {
  if (names.length > MAX_EXTERNAL_FILES)
    throw new MillraceError({ code: 'MODEL_LOAD', message: `file "${path}" names ${names.length} files with weights` });
  const files: WeightFile[] = [];
  for (const name of names) {
    const local = normalize(name.replaceAll('\\', '/'));
    if (isAbsolute(local) || local === '..' || local.startsWith(`..${sep}`) || local.includes('\0') || /^[A-Za-z]:/.test(local)) {
      throw new MillraceError({
        code: 'MODEL_LOAD',
        message: `file "${path}" names the file ${JSON.stringify(name.slice(0, 200))} for its weights, which is outside its folder`,
        notes: [{ message: 'weights stand in the folder of the model or below' }],
      });
    }
    const weightPath = join(dirname(path), local);
    files.push({ name, path: weightPath, size: (await statOf(weightPath)).size });
  }
  return files;
}

async function withWeights(
  bytes: Uint8Array,
  { file, weights, hash }: { file: ModelFile; weights: readonly WeightFile[]; hash: Hash },
): Promise<Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  for (const { name, path } of weights) {
    const content = await readBytes(path);
    hash.update(content);
    contents.set(name, content);
  }
  let total = 0;
  return file.withWeights(tensor => {
    const place = externalData(bytes, tensor);
    if (place === undefined) return undefined;
    const content = contents.get(place.location)!;
    const end = place.length === undefined ? content.length : place.offset + place.length;
    total += end - place.offset;
    if (!(place.offset >= 0 && place.offset <= end && end <= content.length && total <= MAX_FILE_BYTES - bytes.length)) {
      throw new MillraceError({
        code: 'MODEL_LOAD',
        message: `the model wants the bytes ${place.offset} to ${end} of "${place.location}", which has ${content.length}`,
        notes: [{ message: 'the file with the weights is of another model, or was not copied whole' }],
      });
    }
    return content.subarray(place.offset, end);
  });
}

async function hashFile(path: string, hash: Hash): Promise<void> {
  const file = await open(path);
  try {
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
  } finally {
    await file.close();
  }
}

function noModel(path: string, bytes: Uint8Array): MillraceError {
  if (looksLikeOrt(bytes)) {
    return new MillraceError({
      code: 'MODEL_LOAD',
      message: `file "${path}" is in onnxruntime's own format (ORT), made for one version and kind of machine`,
      notes: [{ message: 'use the .onnx file that it was made from' }],
    });
  }
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `file "${path}" is not an ONNX model: found ${describeBytes(bytes, `${bytes.length} bytes that are no complete protobuf message`)}`,
  });
}

async function readBytes(path: string): Promise<Uint8Array> {
  const { size } = await statOf(path);
  if (size > MAX_FILE_BYTES) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `file "${path}" has ${size} bytes, more than the 2 GiB of an ONNX file`,
      notes: [{ message: 'save the weights as external data' }],
    });
  }
  return readFile(path);
}

async function statOf(path: string): Promise<{ readonly size: number }> {
  try {
    const stats = await stat(path);
    if (stats.isFile()) return stats;
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const message = isMissing ? `file "${path}" does not exist` : `file "${path}" cannot be read: ${(cause as Error).message}`;
    throw new MillraceError({ code: isMissing ? 'FILE_NOT_FOUND' : 'MODEL_LOAD', message, cause });
  }
  throw new MillraceError({ code: 'MODEL_LOAD', message: `"${path}" is not a file` });
}
