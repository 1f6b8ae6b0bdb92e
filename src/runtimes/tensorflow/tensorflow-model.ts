import { MillraceError } from '../../common/error.js';
import type { TensorData } from '../../spec/element-type.js';
import type {
  LoadedModel,
  ModelInput,
  ModelRun,
  ModelRunResult,
  OutputRead,
  PreparedModel,
  ReadValues,
  TensorFeed,
} from '../../spec/model-runtime.js';
import type { ConvertedSignature } from './convert/convert-signature.js';
import { elementTypeOf } from './convert/onnx-builder.js';
import { planHost, type HostPlan } from './host-plan.js';

/** What the signature takes, as columns see it. */
export function inputsOf({ inputs }: ConvertedSignature): ModelInput[] {
  return inputs.map(({ name, element, shape, takesNull }) => ({
    name,
    element: elementTypeOf(element),
    shape: shape?.map(size => (size < 0 ? undefined : size)),
    ...(takesNull && { takesNull }),
  }));
}

/** A model whose columns go through the steps before ONNX, and then through ONNX. */
export function tensorflowModel(converted: ConvertedSignature, onnx: LoadedModel): LoadedModel {
  const inputs = inputsOf(converted);
  const elements = new Map(converted.inputs.map(({ name, element }) => [name, element]));
  return {
    version: onnx.version,
    memoryBytes: onnx.memoryBytes,
    inputs,
    async prepare(feeds) {
      const plan = planned(converted, feeds, elements);
      const prepared = await onnx.prepare(plan.feeds);
      return { outputs: prepared.outputs, reading: reads => runOf(plan, prepared, { reads, feeds }) };
    },
    close: () => onnx.close(),
  };
}

function planned(
  converted: ConvertedSignature,
  feeds: readonly TensorFeed[],
  elements: ReadonlyMap<string, ConvertedSignature['inputs'][number]['element']>,
): HostPlan {
  try {
    const plan = planHost(converted.hostInputs, feeds, elements);
    if (plan.isDirect || !feeds.some(feed => feed.openShape)) return plan;
  } catch (cause) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the model fails on its first run, over zeros: ${(cause as Error).message}`,
      cause,
    });
  }
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: 'the model computes with texts before the network, for which rows must have one shape',
    notes: [{ message: 'declare one column a value, or export the model with fixed sizes' }],
  });
}

function runOf(
  plan: HostPlan,
  prepared: PreparedModel,
  { reads, feeds }: { readonly reads: readonly OutputRead[]; readonly feeds: readonly TensorFeed[] },
): ModelRun {
  const run = prepared.reading(reads);
  if (plan.isDirect) {
    const direct = plan.direct as readonly number[];
    return (rows, data, signal, sizes) =>
      run(
        rows,
        direct.map((index, i) => (direct.indexOf(index) === i ? data[index]! : (data[index]!.slice() as TensorData))),
        signal,
        sizes && direct.map(index => sizes[index]),
      );
  }
  return (rows, data, signal) => runComputed(plan, run, { rows, data, signal, widths: feeds.map(feed => feed.width), reads });
}

interface Rows {
  readonly rows: number;
  readonly data: readonly TensorData[];
  readonly widths: readonly number[];
  readonly reads: readonly OutputRead[];
  readonly signal: AbortSignal;
}

/** Rows that the steps refuse are found by halving, so that a bad one fails alone. */
async function runComputed(plan: HostPlan, run: ModelRun, given: Rows): Promise<ModelRunResult> {
  let computed: TensorData[];
  try {
    computed = plan.run(given.rows, given.data);
  } catch (error) {
    const reason = (error as Error).message;
    if (given.rows === 1) return { columns: given.reads.map(emptyRow), failures: [[0, reason]] };
    const middle = Math.ceil(given.rows / 2);
    const first = await runComputed(plan, run, part(given, 0, middle));
    const second = await runComputed(plan, run, part(given, middle, given.rows));
    return joined(first, second, middle);
  }
  return run(given.rows, computed, given.signal);
}

function part(given: Rows, from: number, to: number): Rows {
  return {
    ...given,
    rows: to - from,
    data: given.data.map((data, i) => data.slice(from * given.widths[i]!, to * given.widths[i]!) as TensorData),
  };
}

function emptyRow({ form, count }: OutputRead): ReadValues {
  switch (form) {
    case 'numbers':
      return new Float64Array(count);
    case 'longs':
      return new BigInt64Array(count);
    case 'unsigned':
      return new BigUint64Array(count);
    case 'flags':
      return new Uint8Array(count);
    case 'texts':
      return Array.from({ length: count }, () => '');
  }
}

function joined(first: ModelRunResult, second: ModelRunResult, middle: number): ModelRunResult {
  return {
    columns: first.columns.map((column, i) => appended(column, second.columns[i]!)),
    failures: [...first.failures, ...second.failures.map(([row, reason]) => [row + middle, reason] as const)],
  };
}

function appended(a: ReadValues, b: ReadValues): ReadValues {
  if (Array.isArray(a)) return [...a, ...(b as string[])];
  const whole = new (a.constructor as new (length: number) => Float64Array)(a.length + b.length);
  whole.set(a as Float64Array);
  whole.set(b as Float64Array, a.length);
  return whole;
}
