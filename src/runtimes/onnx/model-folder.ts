import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../common/error.js';
import { quoteAll } from '../../kit/tensor-names.js';
import type { ModelFileView } from '../../spec/model-runtime.js';

const SUFFIX = '.onnx';
/** The file that is meant where a folder holds several variants, and the folder that Optimum keeps them in. */
const USUAL_NAME = 'model.onnx';
const USUAL_FOLDER = 'onnx';

/** Whether a folder is an ONNX model: one with a single .onnx file, or as Optimum saves one. */
export function looksLikeOnnxFolder(entries: readonly string[]): boolean {
  if (chosen(entries) !== undefined) return true;
  return entries.includes(USUAL_FOLDER) && (entries.includes('config.json') || entries.includes('tokenizer.json'));
}

/**
 * The .onnx file that is meant by a file or a folder.
 *
 * @throws {MillraceError} `MODEL_LOAD` for a folder that holds none, or several of which none is the usual one.
 */
export async function findOnnxFile({ path, entries }: Pick<ModelFileView, 'path' | 'entries'>): Promise<string> {
  if (entries === undefined) return path;
  const own = chosen(entries);
  if (own !== undefined) return join(path, own);
  const inner = entries.includes(USUAL_FOLDER) ? (await readdir(join(path, USUAL_FOLDER)).catch((): string[] => [])).toSorted() : [];
  const found = chosen(inner);
  if (found !== undefined) return join(path, USUAL_FOLDER, found);
  const several = [...entries, ...inner].filter(isOnnx);
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: several.length > 0 ? `folder "${path}" holds several ONNX files: ${quoteAll(several)}` : `folder "${path}" holds no ONNX file`,
    notes: [{ message: several.length > 0 ? `give the file in 'model-path', or call it ${USUAL_NAME}` : "give the file in 'model-path'" }],
  });
}

function chosen(entries: readonly string[]): string | undefined {
  const files = entries.filter(isOnnx);
  return files.length === 1 ? files[0] : files.find(name => name === USUAL_NAME);
}

function isOnnx(name: string): boolean {
  return name.endsWith(SUFFIX) && name.length > SUFFIX.length;
}
