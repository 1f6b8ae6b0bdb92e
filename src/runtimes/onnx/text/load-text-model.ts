import { MillraceError } from '../../../common/error.js';
import { asElementType, familyOf } from '../../../spec/element-type.js';
import type { LoadedModel, ModelInput, ModelOutput, ModelRun, OutputRead, TensorFeed } from '../../../spec/model-runtime.js';
import type { ProbedOutput } from '../../../kit/onnx/worker-protocol.js';
import { WorkerPool } from '../../../kit/worker-pool.js';
import { TEXT_OUTPUTS } from './text-head.js';
import type { TextFolder } from './text-folder.js';
import type { TextOptions } from './text-options.js';
import {
  TOKEN_INPUTS,
  type PaddingSpec,
  type TextHead,
  type TextPlan,
  type TextProbe,
  type TextReply,
  type TextRequest,
  type TextWorkerStart,
  type TokenInput,
  type TokenInputName,
} from './text-protocol.js';
import { activationOf, embeddingSettings, labelsOf, padIdOf, tokenizerSpec } from './text-settings.js';

export interface TextModelInit {
  /** The model's bytes, or the path of its file. */
  readonly model: Uint8Array | string;
  readonly version: string;
  readonly memoryBytes: number;
  /** What the ONNX file takes. */
  readonly inputs: readonly ModelInput[];
  readonly folder: TextFolder;
  readonly options: TextOptions;
  readonly threads: number;
  readonly device: 'cpu' | 'gpu';
}

type TextPool = WorkerPool<TextRequest, TextPlan, TextReply>;

/** Whether a model takes the numbers of tokens. */
export function takesTokens(inputs: readonly ModelInput[]): boolean {
  return inputs.some(({ name }) => name === 'input_ids');
}

/**
 * Starts a model of texts with its tokenizer, in threads of its own: it takes one column of text, or two that it compares.
 *
 * @throws {MillraceError} as `loadOnnx`, and `MODEL_LOAD` for a tokenizer that cannot be read or a model that takes more than tokens.
 */
export async function loadTextModel(init: TextModelInit): Promise<LoadedModel> {
  const padding = paddingSpec(init);
  const start: TextWorkerStart = {
    packageName: 'onnxruntime-node',
    model: init.model,
    device: init.device,
    tokenizer: tokenizerSpec(init.folder, init.options, padding.fixedLength),
    padding,
  };
  const pool: TextPool = await WorkerPool.open({ entry: new URL('./text-worker.js', import.meta.url), start, threads: init.threads });
  let plans = 0;
  return {
    version: init.version,
    memoryBytes: (init.memoryBytes + 2 * init.folder.tokenizer.length) * init.threads,
    inputs: [{ name: 'text', element: 'string', shape: [undefined, undefined], takesNull: true }],
    async prepare(feeds) {
      const texts = textsOf(feeds, init.options);
      const probe = await probed(pool, texts);
      const { head, outputs } = headOf(probe, init);
      return { outputs, reading: reads => plannedRun(pool, { id: plans++, texts, head, reads }) };
    },
    close: () => pool.close(),
  };
}

function textsOf([feed]: readonly TensorFeed[], options: TextOptions): 1 | 2 {
  const columns = feed!.openShape ? 0 : feed!.columns.length;
  if (columns !== 1 && columns !== 2) {
    throw new MillraceError({
      code: 'MODEL_SCHEMA',
      message: 'a model of texts takes one text a row, or two that it compares',
      notes: [{ message: 'declare for example INPUT (content STRING), or INPUT (question STRING, answer STRING)' }],
    });
  }
  if (columns === 2 && options['text-prefix'] !== undefined)
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: 'option "text-prefix" is for a model that takes one text, and INPUT declares two',
    });
  return columns;
}

async function probed(pool: TextPool, texts: 1 | 2): Promise<TextProbe> {
  try {
    const reply = await pool.call({ kind: 'probe', texts }, { transfer: [], signal: new AbortController().signal });
    if (reply.kind === 'probe') return reply;
  } catch (cause) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the model fails on its first run, over a short text: ${(cause as Error).message}`,
      cause,
    });
  }
  throw new MillraceError({ code: 'INTERNAL', message: 'a text worker answered a probe with a run' });
}

/** Of a run whose sizes the model fixes: a damaged file may ask for any number. */
const MOST_TOKENS = 2 ** 22;

function paddingSpec({ inputs, folder }: TextModelInit): PaddingSpec {
  const sizes = (at: number): number | undefined => inputs.map(({ shape }) => shape?.[at]).find(size => size !== undefined);
  const [fixedRows, fixedLength] = [sizes(0), sizes(1)];
  if ((fixedRows ?? 1) * (fixedLength ?? 1) > MOST_TOKENS) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the model takes ${fixedRows ?? 1} texts of ${fixedLength ?? 'any number of'} tokens at once, which is too many`,
    });
  }
  return {
    inputs: inputs.map(tokenInput),
    padId: padIdOf(folder),
    side: folder.tokenizerConfig?.padding_side ?? 'right',
    fixedLength,
    fixedRows,
  };
}

function tokenInput({ name, element, shape }: ModelInput): TokenInput {
  const known = TOKEN_INPUTS.find(each => each === name);
  const rank = shape?.length ?? 2;
  if (known !== undefined && rank === 2 && (element === 'int64' || element === 'int32' || element === 'float32'))
    return { name: known, element };
  const others: readonly TokenInputName[] = TOKEN_INPUTS;
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `the model takes ${known === undefined ? `"${name}", which no tokenizer gives` : `"${name}" as ${element ?? 'another type'} of ${rank} dimensions`}`,
    notes: [{ message: `a model of texts takes ${others.join(', ')}; set 'tokenizer-path' = 'none' to feed its inputs from columns` }],
  });
}

interface HeadWithOutputs {
  readonly head: TextHead;
  readonly outputs: ModelOutput[];
}

/** What the model is for, by the names and shapes of what it gives. */
function headOf({ outputs: probes, length }: TextProbe, init: TextModelInit): HeadWithOutputs {
  const floats = probes.filter(({ element }) => element !== undefined && isFloat(element));
  const vectors = floats.filter(({ dims }) => dims.length === 2);
  const tokens = floats.filter(({ dims }) => dims.length === 3 && dims[1] === length);
  const logits = vectors.find(({ name }) => name === 'logits');
  const pooled = vectors.find(({ name }) => name === 'sentence_embedding');
  if (logits) return classesHead(logits, init);
  if (pooled && init.options.pooling === undefined) return vectorHead(pooled, init);
  const states =
    tokens.find(({ name }) => name === 'last_hidden_state' || name === 'token_embeddings') ?? (tokens.length === 1 ? tokens[0] : undefined);
  if (states && states.name !== 'logits') return embeddingHead(states, init);
  if (vectors.length === 1) return vectorHead(vectors[0]!, init);
  const given = probes.map(({ name, element, dims }) => `"${name}" ${element ?? 'no tensor'} [${dims.join(', ')}]`).join(', ');
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: 'the model gives neither vectors of tokens, nor one of the text, nor logits of classes for the text',
    notes: [{ message: `it gives ${given}` }, { message: "set 'tokenizer-path' = 'none' to feed and read its tensors by columns" }],
  });
}

function isFloat(element: string): boolean {
  const type = asElementType(element);
  return type !== undefined && familyOf(type) === 'float';
}

function classesHead({ name, dims }: ProbedOutput, { folder }: TextModelInit): HeadWithOutputs {
  const width = dims.at(-1)!;
  const activation = activationOf(folder, width);
  const labels = labelsOf(folder, width);
  const head: TextHead = { kind: 'classes', output: name, labels, activation };
  const vector = { element: 'float32' as const, rowShape: [width], width, classes: undefined };
  const logits: ModelOutput = {
    ...vector,
    name: TEXT_OUTPUTS.logits,
    kind: 'margin',
    onRequest: true,
    ...(width > 1 && { classes: labels }),
  };
  if (width === 1) {
    const score: ModelOutput = { ...vector, name: TEXT_OUTPUTS.score, ...(activation === 'sigmoid' && { kind: 'probability' }) };
    return { head, outputs: [score, logits] };
  }
  if (activation === 'identity') return { head, outputs: [{ ...vector, name: TEXT_OUTPUTS.values }, logits] };
  const one = { rowShape: [1], width: 1, classes: undefined };
  const outputs: ModelOutput[] = [
    { ...one, name: TEXT_OUTPUTS.label, element: 'string', kind: 'class' },
    { ...vector, name: TEXT_OUTPUTS.probabilities, classes: labels, kind: 'probability' },
    { ...one, name: TEXT_OUTPUTS.score, element: 'float32', onRequest: true },
    logits,
  ];
  return { head, outputs };
}

function vectorHead({ name, dims }: ProbedOutput, { folder, options }: TextModelInit): HeadWithOutputs {
  const { normalize } = embeddingSettings(folder, options, true);
  return { head: { kind: 'vector', output: name, normalize }, outputs: [embeddingOutput(dims.at(-1)!)] };
}

function embeddingHead({ name, dims }: ProbedOutput, { folder, options }: TextModelInit): HeadWithOutputs {
  const width = dims.at(-1)!;
  const head: TextHead = { kind: 'embedding', output: name, ...embeddingSettings(folder, options, false), width };
  if (head.pooling !== 'none') return { head, outputs: [embeddingOutput(width)] };
  return {
    head,
    outputs: [{ name: TEXT_OUTPUTS.tokens, element: 'float32', rowShape: [1, width], width, classes: undefined, isOpen: true }],
  };
}

function embeddingOutput(width: number): ModelOutput {
  return { name: TEXT_OUTPUTS.embedding, element: 'float32', rowShape: [width], width, classes: undefined };
}

interface Plan {
  readonly id: number;
  readonly texts: 1 | 2;
  readonly head: TextHead;
  readonly reads: readonly OutputRead[];
}

function plannedRun(pool: TextPool, { id, texts, head, reads }: Plan): ModelRun {
  const read = reads.map(({ output, width, offset, count, form, openDimensions }) => ({
    output,
    width,
    offset,
    count,
    form,
    openDimensions,
  }));
  pool.setup({ id, texts, head, reads: read });
  return async (rows, [data], signal) => {
    const reply = await pool.call({ kind: 'run', plan: id, rows, texts: data as (string | null)[] }, { transfer: [], signal });
    if (reply.kind === 'run') return { ...reply, nulls: reply.nulls && reads.map(() => reply.nulls) };
    throw new MillraceError({ code: 'INTERNAL', message: `a text worker answered a run with a ${reply.kind}` });
  };
}
