import { allocate, type TensorData } from '../../spec/element-type.js';
import type { TensorFeed } from '../../spec/model-runtime.js';
import type { HostInput } from './convert/graph-converter.js';
import { elementTypeOf } from './convert/onnx-builder.js';
import type { HostStep, HostValue } from './convert/value.js';
import { countOf, type Element, type Tensor } from './model/tensor.js';

/** Computes, from the columns, what the ONNX graph is fed. */
export interface HostPlan {
  /** How each of them looks in a row, in the order of the graph's inputs. */
  readonly feeds: readonly TensorFeed[];
  /** Whether nothing is computed: columns go to the graph as they are. */
  readonly isDirect: boolean;
  /**
   * By input of the graph, its values.
   *
   * @throws {Error} for a value that the model refuses; which row it is in is not known.
   */
  run(rows: number, data: readonly TensorData[]): TensorData[];
  /** By input of the graph, the index of the feed that it is, where it is one. */
  readonly direct: readonly (number | undefined)[];
}

/** @param feeds how columns feed the signature. */
export function planHost(inputs: readonly HostInput[], feeds: readonly TensorFeed[], elements: ReadonlyMap<string, Element>): HostPlan {
  const indexOf = new Map(feeds.map((feed, i) => [feed.name, i]));
  const direct = inputs.map(({ value }) => (value.kind === 'input' ? indexOf.get(value.name) : undefined));
  const isDirect = direct.every(index => index !== undefined);
  const steps = stepsOf(inputs.map(({ value }) => value));
  const compute = (rows: number, data: readonly TensorData[]): Tensor[] => {
    const results = new Map<HostStep, readonly Tensor[]>();
    const tensor = (value: HostValue): Tensor => {
      if (value.kind === 'constant') return value.tensor;
      if (value.kind === 'result') return resultOf(results.get(value.step)!, value);
      const index = indexOf.get(value.name)!;
      const feed = feeds[index]!;
      return { element: elements.get(value.name)!, shape: [rows, ...feed.rowShape], data: data[index]! as Tensor['data'] };
    };
    for (const step of steps) results.set(step, step.run(step.inputs.map(tensor)));
    return inputs.map(({ value }) => tensor(value));
  };
  const run = (rows: number, data: readonly TensorData[]): TensorData[] =>
    compute(rows, data).map((result, i) => {
      const feed = own[i]!;
      if (result.shape[0] !== rows || countOf(result.shape) !== rows * feed.width)
        throw new Error(`what the model computes from the columns has the shape [${result.shape.join(', ')}] for ${rows} rows`);
      // Copies what several inputs share, since each is given away; texts stay.
      const data = result.data as TensorData;
      return Array.isArray(data) ? data : (data.slice() as TensorData);
    });
  const own = isDirect ? directFeeds(inputs, feeds, direct) : trialFeeds(inputs, feeds, compute);
  return { feeds: own, isDirect, run, direct };
}

function resultOf(results: readonly Tensor[], value: HostValue & { readonly kind: 'result' }): Tensor {
  const result = results[value.output];
  if (result === undefined) throw new Error(`${value.step.op} has no output ${value.output}`);
  return result;
}

/** Steps in an order in which each comes after those that it needs; without recursion, since chains can be long. */
function stepsOf(values: readonly HostValue[]): HostStep[] {
  const ordered: HostStep[] = [];
  const done = new Set<HostStep>();
  const stack = values.flatMap(value => (value.kind === 'result' ? [value.step] : []));
  while (stack.length > 0) {
    const step = stack.at(-1)!;
    const missing = step.inputs.flatMap(value => (value.kind === 'result' && !done.has(value.step) ? [value.step] : []));
    if (missing.length > 0 && !done.has(step)) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (done.has(step)) continue;
    done.add(step);
    ordered.push(step);
  }
  return ordered;
}

function directFeeds(inputs: readonly HostInput[], feeds: readonly TensorFeed[], direct: readonly number[]): TensorFeed[] {
  return inputs.map((input, i) => ({ ...feeds[direct[i]!]!, name: input.name, takesNull: undefined }));
}

/** Texts with which a model is tried: one may be parsed as a number. */
const TRIAL_TEXTS = ['', '0'];

/** Runs the plan over two rows of zeros, to learn how its results look. */
function trialFeeds(
  inputs: readonly HostInput[],
  feeds: readonly TensorFeed[],
  compute: (rows: number, data: readonly TensorData[]) => Tensor[],
): TensorFeed[] {
  const rows = 2;
  let first: unknown;
  for (const text of TRIAL_TEXTS) {
    try {
      const data = feeds.map(({ element, width }) => {
        const zeros = allocate(element, rows * width);
        return Array.isArray(zeros) ? zeros.fill(text) : zeros;
      });
      return compute(rows, data).map((tensor, i) => feedOf(inputs[i]!, tensor, rows));
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function feedOf({ name }: HostInput, { element, shape }: Tensor, rows: number): TensorFeed {
  if (shape[0] !== rows) throw new Error(`what the model computes from the columns has the shape [${shape.join(', ')}] for ${rows} rows`);
  const rowShape = shape.slice(1);
  return { name, element: elementTypeOf(element), columns: [], rowShape, width: countOf(rowShape) };
}
