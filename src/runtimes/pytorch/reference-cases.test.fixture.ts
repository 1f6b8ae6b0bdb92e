import { readdirSync, readFileSync } from 'node:fs';
import type { ElementType, TensorData } from '../../spec/element-type.js';
import type { ModelInput, TensorFeed } from '../../spec/model-runtime.js';

const FOLDER = 'tests/fixtures/pytorch';

export interface ReferenceTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A model with inputs and what PyTorch gave for them. */
export interface ReferenceCase {
  readonly name: string;
  readonly path: string;
  /** Of `model.inputs`; absent where the file tells enough. */
  readonly declared: readonly ModelInput[] | undefined;
  readonly rows: number;
  readonly inputs: ReadonlyMap<string, ReferenceTensor>;
  readonly outputs: ReadonlyMap<string, ReferenceTensor>;
}

interface Document {
  readonly declare: readonly { name: string; type: ElementType; shape: readonly number[] }[] | null;
  readonly inputs: Readonly<Record<string, { type: ElementType; shape: number[]; data: string }>>;
  readonly outputs: Document['inputs'];
}

/** The cases that a version of PyTorch wrote: a document for the traced and the scripted archive of each model. */
export function referenceCases(version: string): ReferenceCase[] {
  const names = readdirSync(`${FOLDER}/${version}`).filter(name => /-(?:trace|script)\.pt$/.test(name) && !name.startsWith('unsupported'));
  return names.map(file => {
    const document = JSON.parse(
      readFileSync(`${FOLDER}/${version}/${file.replace(/-(?:trace|script)\.pt$/, '.json')}`, 'utf8'),
    ) as Document;
    const inputs = new Map(Object.entries(document.inputs).map(([name, tensor]) => [name, decode(tensor)]));
    return {
      name: `${version}/${file.slice(0, -3)}`,
      path: `${FOLDER}/${version}/${file}`,
      // A trace tells the types and shapes by itself since 2.x.
      declared:
        document.declare === null || (file.includes('-trace') && version !== 'torch-1.13')
          ? undefined
          : document.declare.map(({ name, type, shape }) => ({
              name,
              element: type,
              shape: shape.map(size => (size < 0 ? undefined : size)),
            })),
      rows: [...inputs.values()][0]!.shape[0]!,
      inputs,
      outputs: new Map(Object.entries(document.outputs).map(([name, tensor]) => [name, decode(tensor)])),
    };
  });
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

function decode({ type, shape, data }: { type: ElementType; shape: readonly number[]; data: string }): ReferenceTensor {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  return { type, shape, data: new ARRAYS[type as keyof typeof ARRAYS](bytes.buffer) };
}

/** Feeds each input whole, as one column would. */
export function feedsOf({ inputs }: ReferenceCase): TensorFeed[] {
  return [...inputs].map(([name, { type, shape }], i) => ({
    name,
    element: type,
    columns: [i],
    rowShape: shape.slice(1),
    width: widthOf(shape),
  }));
}

export function widthOf(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** The values of some rows of a tensor. */
export function rowsOf({ data, shape }: ReferenceTensor, from: number, to: number): TensorData {
  const width = widthOf(shape);
  return (data as Float32Array).slice(from * width, to * width);
}
