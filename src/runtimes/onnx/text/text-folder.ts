import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../../common/error.js';

/** Bytes of a tokenizer.json; the largest published ones have some 35 MB. */
const MAX_TOKENIZER_BYTES = 256 * 1024 * 1024;
const MAX_SETTINGS_BYTES = 4 * 1024 * 1024;

const content = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const tokenizerConfig = z.looseObject({
  model_max_length: z.number().nullish(),
  truncation_side: z.enum(['left', 'right']).nullish(),
  padding_side: z.enum(['left', 'right']).nullish(),
  pad_token: content,
});
const modelConfig = z.looseObject({
  model_type: z.string().nullish(),
  max_position_embeddings: z.int().nullish(),
  pad_token_id: z.int().min(0).nullish(),
  problem_type: z.string().nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  sbert_ce_default_activation_function: z.string().nullish(),
  sentence_transformers: z.looseObject({ activation_fn: z.string().nullish() }).nullish(),
});
const pooling = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).nullish(),
  include_prompt: z.boolean().nullish(),
});
const modules = z.array(z.looseObject({ type: z.string(), path: z.string().optional() })).max(100);
const sentences = z.looseObject({ max_seq_length: z.int().nullish(), do_lower_case: z.boolean().nullish() });

/** What stands beside a model of texts, as transformers and sentence-transformers save it; each file may be missing. */
export interface TextFolder {
  readonly path: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: z.output<typeof tokenizerConfig> | undefined;
  readonly config: z.output<typeof modelConfig> | undefined;
  readonly pooling: z.output<typeof pooling> | undefined;
  readonly modules: z.output<typeof modules> | undefined;
  readonly sentences: z.output<typeof sentences> | undefined;
  /** The files that were read, to tell one version from another. */
  readonly contents: readonly Uint8Array[];
}

/**
 * The tokenizer.json of a model: the one at `tokenizerPath`, else the one beside the model, or in the folder above where that is
 * called `onnx`.
 *
 * @returns `undefined` when there is none and none was asked for.
 * @throws {MillraceError} `FILE_NOT_FOUND` for one that was asked for and is not there.
 */
export async function findTokenizer(modelPath: string, tokenizerPath: string | undefined): Promise<string | undefined> {
  if (tokenizerPath !== undefined) {
    const path = (await isFolder(tokenizerPath)) ? join(tokenizerPath, 'tokenizer.json') : tokenizerPath;
    if (await isFile(path)) return path;
    throw new MillraceError({ code: 'FILE_NOT_FOUND', message: `option "tokenizer-path": there is no file "${path}"` });
  }
  const folder = dirname(modelPath);
  const candidates = [folder, ...(basename(folder) === 'onnx' ? [dirname(folder)] : [])].map(each => join(each, 'tokenizer.json'));
  for (const candidate of candidates) if (await isFile(candidate)) return candidate;
  return undefined;
}

/** @throws {MillraceError} `MODEL_LOAD` for a file that is too large or not what it should be. */
export async function readTextFolder(tokenizerPath: string): Promise<TextFolder> {
  const path = dirname(tokenizerPath);
  const contents: Uint8Array[] = [];
  const read = async <Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.output<Schema> | undefined> => {
    const file = join(path, name);
    if (!(await isFile(file))) return undefined;
    const bytes = await readBounded(file, MAX_SETTINGS_BYTES);
    contents.push(bytes);
    return parsed(file, bytes, schema);
  };
  const tokenizer = await readBounded(tokenizerPath, MAX_TOKENIZER_BYTES);
  contents.push(tokenizer);
  return {
    path,
    tokenizer: new TextDecoder().decode(tokenizer),
    tokenizerConfig: await read('tokenizer_config.json', tokenizerConfig),
    config: await read('config.json', modelConfig),
    pooling: await read('1_Pooling/config.json', pooling),
    modules: await read('modules.json', modules),
    sentences: await read('sentence_bert_config.json', sentences),
    contents,
  };
}

function parsed<Schema extends z.ZodType>(file: string, bytes: Uint8Array, schema: Schema): z.output<Schema> {
  let reason: string;
  try {
    const result = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    reason = `${issue!.path.join('.')}: ${issue!.message}`;
  } catch (error) {
    reason = (error as Error).message;
  }
  throw new MillraceError({ code: 'MODEL_LOAD', message: `file "${file}" is not what stands beside a model: ${reason}` });
}

async function readBounded(file: string, most: number): Promise<Uint8Array> {
  const { size } = await stat(file);
  if (size > most)
    throw new MillraceError({ code: 'MODEL_LOAD', message: `file "${file}" has ${size} bytes, more than the ${most} that are read` });
  return readFile(file);
}

async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

async function statOf(path: string): Promise<{ isFile(): boolean; isDirectory(): boolean } | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}
