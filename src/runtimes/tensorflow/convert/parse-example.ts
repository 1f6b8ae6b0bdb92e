import { allocate, countOf, stringsOf, tensorOf, type Element, type Tensor } from '../model/tensor.js';
import type { NodeAttributes } from '../model/node-attributes.js';
import { Unsupported } from './unsupported.js';
import { ROWS, type HostStep, type HostValue, type TensorValue, type Value } from './value.js';

/** A feature of tf.Example, which a column feeds in its place. */
export interface ExampleFeature {
  readonly name: string;
  readonly element: Element;
  /** Dimensions of a row; none for a feature that has one value or none. */
  readonly shape: readonly number[];
  /** Whether the model has a value for rows without it, or takes them as they are. */
  readonly isOptional: boolean;
}

interface Keys {
  readonly sparse: readonly string[];
  readonly dense: readonly string[];
  readonly defaults: readonly Value[];
}

/**
 * The outputs of `ParseExample` and `ParseExampleV2` over columns in place of serialized examples: a dense feature is its column,
 * filled up with the default where a value is missing, a sparse one has an entry for each row with a value.
 *
 * A value is missing where a text is NULL or a float is NaN; an integer is never missing.
 */
export function parsedExample(
  type: string,
  attributes: NodeAttributes,
  inputs: readonly Value[],
): { readonly features: readonly ExampleFeature[]; readonly outputs: readonly Value[] } {
  const keys = type === 'ParseExampleV2' ? keysOfV2(inputs, attributes) : keysOfV1(inputs, attributes);
  const sparseTypes = attributes.elements('sparse_types');
  const denseTypes = attributes.elements('Tdense');
  const shapes = attributes.shapes('dense_shapes');
  const features: ExampleFeature[] = [];
  const sparse = keys.sparse.map((name, i) => {
    const element = sparseTypes[i];
    if (element === undefined) throw new Unsupported(`of feature "${name}"`);
    features.push({ name, element, shape: [], isOptional: true });
    return sparseOutputs(name, element);
  });
  const dense = keys.dense.map((name, i) => {
    const element = denseTypes[i];
    const shape = shapes[i];
    if (element === undefined || shape === undefined || shape.some(size => size < 0))
      throw new Unsupported(`of feature "${name}", which has rows of any length`);
    const given = keys.defaults[i];
    const otherwise = given?.kind === 'tensor' && given.constant && given.constant.data.length > 0 ? given.constant : undefined;
    features.push({ name, element, shape, isOptional: otherwise !== undefined });
    return denseOutput(name, { element, shape, otherwise });
  });
  return {
    features,
    outputs: [...sparse.map(each => each[0]!), ...sparse.map(each => each[1]!), ...sparse.map(each => each[2]!), ...dense],
  };
}

function keysOfV2([, , sparse, dense, ragged, ...defaults]: readonly Value[], attributes: NodeAttributes): Keys {
  if (textsOf(ragged).length > 0 || attributes.elements('ragged_value_types').length > 0) throw new Unsupported('with ragged features');
  return { sparse: textsOf(sparse), dense: textsOf(dense), defaults };
}

function keysOfV1(inputs: readonly Value[], attributes: NodeAttributes): Keys {
  const sparseCount = attributes.int('Nsparse', 0);
  const denseCount = attributes.int('Ndense', 0);
  const rest = inputs.slice(2);
  return {
    sparse: rest.slice(0, sparseCount).flatMap(textsOf),
    dense: rest.slice(sparseCount, sparseCount + denseCount).flatMap(textsOf),
    defaults: rest.slice(sparseCount + denseCount),
  };
}

function textsOf(value: Value | undefined): readonly string[] {
  if (value?.kind !== 'tensor' || value.constant === undefined) throw new Unsupported('whose features are computed');
  return value.constant.element === 'string' ? stringsOf(value.constant) : [];
}

/** Whether a value is not there. */
function isMissing(value: unknown): boolean {
  return value === null || Number.isNaN(value);
}

function sparseOutputs(name: string, element: Element): TensorValue[] {
  const step: HostStep = {
    op: 'ParseExample',
    inputs: [{ kind: 'input', name }],
    run([column]) {
      const rows = Array.from(column!.data as ArrayLike<unknown>, (value, row) => ({ value, row })).filter(
        ({ value }) => !isMissing(value),
      );
      const values = rows.map(({ value }) => value) as (string | number | bigint)[];
      return [
        tensorOf(
          'int64',
          [rows.length, 2],
          rows.flatMap(({ row }) => [row, 0]),
        ),
        tensorOf(element, [rows.length], values),
        // As wide as a row with a value, even if no row has one, so that what follows has the same shape for every batch.
        tensorOf('int64', [2], [column!.data.length, 1]),
      ];
    },
  };
  const count = `entries of ${name}`.replaceAll('*', ' ');
  const host = (output: number): HostValue => ({ kind: 'result', step, output });
  return [
    { kind: 'tensor', element: 'int64', shape: [count, 2], host: host(0) },
    { kind: 'tensor', element, shape: [count], host: host(1) },
    { kind: 'tensor', element: 'int64', shape: [2], sizes: [ROWS, 1], host: host(2) },
  ];
}

function denseOutput(
  name: string,
  { element, shape, otherwise }: { readonly element: Element; readonly shape: readonly number[]; readonly otherwise: Tensor | undefined },
): TensorValue {
  const input: HostValue = { kind: 'input', name };
  const value = { kind: 'tensor' as const, element, shape: [ROWS, ...shape] };
  if (otherwise === undefined) return { ...value, host: input };
  const width = countOf(shape);
  const step: HostStep = {
    op: 'ParseExample',
    inputs: [input],
    run([column]) {
      const result = allocate(element, column!.shape);
      const data = result.data as { [index: number]: unknown };
      for (let row = 0; row * width < column!.data.length; row += 1) {
        const start = row * width;
        // A feature is there as a whole or not at all.
        const isAbsent = Array.from({ length: width }, (_, i) => column!.data[start + i]).every(isMissing);
        for (let i = 0; i < width; i += 1)
          data[start + i] = isAbsent ? otherwise.data[otherwise.data.length === 1 ? 0 : i] : column!.data[start + i];
      }
      return [result];
    },
  };
  return { ...value, host: { kind: 'result', step, output: 0 } };
}
