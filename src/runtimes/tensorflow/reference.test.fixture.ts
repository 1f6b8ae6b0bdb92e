import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { viewModelFile } from '../../kit/view-model-file.js';
import { allocate, asElementType, type ElementType, type TensorData } from '../../spec/element-type.js';
import type { LoadedModel, ModelRun, OutputRead, TensorFeed } from '../../spec/model-runtime.js';
import { tensorflow } from './tensorflow-runtime.js';

export const FOLDER = resolve('tests/fixtures/tensorflow');

export interface ReferenceTensor {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string | boolean | null)[];
}

/** Rows, and what TensorFlow's own signature answered. */
export interface Reference {
  /** Of the files. */
  readonly name: string;
  readonly path: string;
  readonly signature: string;
  readonly inputs: Readonly<Record<string, ReferenceTensor>>;
  readonly outputs: Readonly<Record<string, ReferenceTensor>>;
}

export function references(): Reference[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.expected.json'))
    .toSorted()
    .map(name => ({
      ...(JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8')) as Reference),
      name: name.replace('.expected.json', ''),
      path: resolve(FOLDER, name.split('.')[0]!),
    }));
}

export async function openModel(path: string, options: { readonly signature?: string; readonly tags?: string } = {}): Promise<LoadedModel> {
  return tensorflow.open({
    name: 'm',
    file: await viewModelFile(path),
    format: undefined,
    options: tensorflow.options.parse(options),
    threads: 1,
    device: 'cpu',
    declaredInputs: undefined,
  });
}

/** A number, with NaN and infinities written as text. */
export function numberOf(value: number | string | boolean | null): number {
  return value === null ? NaN : Number(value);
}

function dataOf(element: ElementType, values: ReferenceTensor['values']): TensorData {
  if (element === 'string') return values as string[];
  const data = allocate(element, values.length);
  values.forEach((value, i) => (data[i] = element === 'int64' ? BigInt(value as number) : numberOf(value)));
  return data;
}

export interface PreparedReference {
  readonly rows: number;
  readonly reads: readonly OutputRead[];
  run(from: number, to: number): ReturnType<ModelRun>;
}

/** Feeds the rows of a reference, and reads all outputs that it has. */
export async function prepareReference(model: LoadedModel, { inputs, outputs }: Reference): Promise<PreparedReference> {
  const feeds = model.inputs.map(({ name, element, takesNull }): TensorFeed => {
    const { shape } = inputs[name]!;
    return {
      name,
      element: element!,
      columns: [],
      rowShape: shape.slice(1),
      width: shape.slice(1).reduce((product, size) => product * size, 1),
      takesNull,
    };
  });
  const prepared = await model.prepare(feeds);
  const reads = Object.entries(outputs).map(([name, { type }]): OutputRead => {
    const output = prepared.outputs.find(each => each.name === name)!;
    const element = asElementType(type)!;
    const form = element === 'string' ? 'texts' : element === 'int64' ? 'longs' : element === 'bool' ? 'flags' : 'numbers';
    return { output: name, width: output.width, offset: 0, count: output.width, form };
  });
  const run = prepared.reading(reads);
  const never = new AbortController().signal;
  return {
    rows: Object.values(inputs)[0]!.shape[0]!,
    reads,
    run: (from, to) =>
      run(
        to - from,
        feeds.map(({ name, element, width }) => dataOf(element, inputs[name]!.values.slice(from * width, to * width))),
        never,
      ),
  };
}
