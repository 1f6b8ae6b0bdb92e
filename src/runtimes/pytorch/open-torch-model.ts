import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MillraceError } from '../../common/error.js';
import { loadOnnx } from '../../kit/onnx/load-onnx.js';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import type { LoadedModel, ModelInput, RuntimeContext, TensorFeed } from '../../spec/model-runtime.js';
import { openTorchArchive, type TorchArchive } from './archive/torch-archive.js';
import { convertModel, findWidths, type FixedInput } from './convert-model.js';
import { elementOf } from './graph/graph-builder.js';
import { planInputs, type InputPlan } from './model-inputs.js';
import { unsupported } from './refusal.js';

/**
 * Reads a TorchScript archive, and converts it where its inputs tell their widths; else when the columns are known.
 *
 * @throws {MillraceError} `MODEL_LOAD`, `FILE_NOT_FOUND`, and as `loadOnnx`.
 */
export async function openTorchModel({
  file: { path, entries },
  threads,
  device,
  declaredInputs,
}: Pick<RuntimeContext<unknown>, 'file' | 'threads' | 'device' | 'declaredInputs'>): Promise<LoadedModel> {
  if (entries) throw new MillraceError({ code: 'MODEL_LOAD', message: `"${path}" is a folder, not a TorchScript archive` });
  const bytes = await readBytes(path);
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const archive = await openTorchArchive(bytes);
  const plans = findWidths(archive, planInputs(archive, declaredInputs));
  const converted = { archive, version, bytes: bytes.length, threads, device };
  return isFixed(plans) ? await load(converted, plans) : openLater(converted, plans);
}

interface Converted {
  readonly archive: TorchArchive;
  readonly version: string;
  /** Of the file. */
  readonly bytes: number;
  readonly threads: number;
  readonly device: 'cpu' | 'gpu';
}

function isFixed(plans: readonly InputPlan[]): plans is readonly FixedInput[] {
  return plans.every(({ rowShape }) => !rowShape.includes(undefined));
}

async function load({ archive, version, bytes, threads, device }: Converted, inputs: readonly FixedInput[]): Promise<LoadedModel> {
  const model = encodeOnnxModel(convertModel(archive, inputs));
  const labels = { zipMapLabels: new Map(), classLabels: undefined };
  return loadOnnx({ model, version, memoryBytes: bytes, inputs: inputs.map(inputOf), labels, threads, device });
}

function inputOf({ name, dtype, rowShape }: InputPlan): ModelInput {
  return { name, element: elementOf(dtype), shape: [undefined, ...rowShape] };
}

/** A model that fits rows of several widths: its graph is made when the columns are known. */
function openLater(converted: Converted, plans: readonly InputPlan[]): LoadedModel {
  const opened: LoadedModel[] = [];
  return {
    version: converted.version,
    memoryBytes: converted.bytes * converted.threads,
    inputs: plans.map(inputOf),
    async prepare(feeds) {
      const model = await load(
        converted,
        plans.map(plan => withWidth(plan, feeds)),
      );
      opened.push(model);
      return model.prepare(feeds);
    },
    close: async () => void (await Promise.all(opened.map(model => model.close()))),
  };
}

function withWidth(plan: InputPlan, feeds: readonly TensorFeed[]): FixedInput {
  const feed = feeds.find(({ name }) => name === plan.name);
  if (feed === undefined) throw unsupported(`input "${plan.name}" of the model has no column`);
  if (feed.openShape !== undefined) {
    throw new MillraceError({
      code: 'MODEL_SCHEMA',
      message: `input "${plan.name}" of the model takes rows of any width, which an ARRAY column does not tell`,
      notes: [
        {
          message: `declare a column for each feature, or say 'model.inputs' = '[{"name": "${plan.name}", "type": "${plan.dtype}", "shape": [-1, 8]}]'`,
        },
      ],
    });
  }
  return { ...plan, rowShape: feed.rowShape };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const message = isMissing ? `file "${path}" does not exist` : `file "${path}" cannot be read: ${(cause as Error).message}`;
    throw new MillraceError({ code: isMissing ? 'FILE_NOT_FOUND' : 'MODEL_LOAD', message, cause });
  }
}
