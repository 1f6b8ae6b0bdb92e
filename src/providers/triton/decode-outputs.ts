import { MillraceError } from '../../common/error.js';
import { ColumnBuilder } from '../../kit/column-builder.js';
import { findName } from '../../kit/tensor-names.js';
import { elementCount, type Tensor } from '../../kit/tensor/tensor.js';
import type { Column, Value } from '../../spec/batch.js';
import { formatType } from '../../spec/data-type.js';
import { elementOf, readsDatatype } from './column-type.js';
import type { OutputRead } from './map-outputs.js';
import { elementReader, type ElementReader } from './output-element.js';
import type { TensorPlan } from './tensor-plan.js';

export interface DecodedOutputs {
  /** The OUTPUT columns, a row for each row that was sent; what stands at a failure means nothing. */
  readonly columns: readonly Column[];
  /** Rows whose values do not fit their column: one `BAD_ANSWER` each. */
  readonly failures: ReadonlyMap<number, MillraceError>;
}

/**
 * The OUTPUT columns of the tensors of an answer to `rows` rows.
 *
 * @throws {MillraceError} `BAD_ANSWER` where the tensors are not those that were asked for; asking again does not help.
 */
export function decodeOutputs(tensors: readonly Tensor[], plan: TensorPlan, rows: number): DecodedOutputs {
  const failures = new Map<number, MillraceError>();
  const columns = plan.reads.map((read, i) => {
    const tensor = tensorOf(read, tensors, plan.reads.length === tensors.length ? i : -1);
    return decodeColumn(tensor, read, { form: plan.form, rows, failures });
  });
  return { columns, failures };
}

/** By name; where the server describes no outputs, else by order if there are as many as columns. */
function tensorOf({ tensor, name }: OutputRead, tensors: readonly Tensor[], position: number): Tensor {
  const names = tensors.map(each => each.name);
  const wanted = tensor ?? findName(name, names);
  const found = tensors.find(each => each.name === wanted) ?? (tensor === undefined ? tensors[position] : undefined);
  if (found !== undefined) return found;
  throw badAnswer(
    `triton answered without the output "${wanted ?? name}", but with ${names.map(each => `"${each}"`).join(', ') || 'none'}`,
  );
}

interface DecodeInit {
  readonly form: TensorPlan['form'];
  readonly rows: number;
  readonly failures: Map<number, MillraceError>;
}

function decodeColumn(tensor: Tensor, read: OutputRead, { form, rows, failures }: DecodeInit): Column {
  const { type, depth } = read;
  const element = elementOf(type);
  const is = `output "${tensor.name}" ${tensor.datatype} [${tensor.shape.join(', ')}]`;
  if (!readsDatatype(element, tensor.datatype))
    throw badAnswer(`triton answered with ${is}, which OUTPUT column "${read.name}" ${formatType(type, 'ignore')} cannot hold`);
  if (form === 'batch' && tensor.shape[0] !== rows) throw badAnswer(`triton answered ${rows} rows with ${is}`);
  const sizes = form === 'batch' ? tensor.shape.slice(1) : tensor.shape;
  const width = elementCount(sizes);
  const fits = depth === 0 ? width === read.width : depth === 1 || depth === sizes.length;
  if (!fits) throw badAnswer(`triton answered with ${is} where OUTPUT column "${read.name}" is ${formatType(type, 'ignore')}`);
  if (depth === 0 && width === 1 && element.kind === 'DOUBLE' && tensor.data instanceof Float64Array) return { type, values: tensor.data };
  if (depth === 1 && (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array)) {
    const { data } = tensor;
    return { type, values: Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width))) };
  }
  const builder = new ColumnBuilder(type, rows);
  const valueOf = elementReader(tensor, element);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    const value = depth === 0 ? valueOf(from + read.position) : arrayOf(valueOf, { from, sizes: depth === 1 ? [width] : sizes });
    if (value === undefined)
      failures.set(row, badAnswer(`output "${tensor.name}" gave a value that does not fit ${formatType(element, 'ignore')}`));
    builder.set(row, value ?? null);
  }
  return builder.build();
}

/** Nested arrays of the elements from a place on; `undefined` where one of them does not fit. */
function arrayOf(valueOf: ElementReader, { from, sizes }: { readonly from: number; readonly sizes: readonly number[] }): Value | undefined {
  const [size = 0, ...inner] = sizes;
  const step = elementCount(inner);
  const items: Value[] = [];
  for (let i = 0; i < size; i++) {
    const item = inner.length === 0 ? valueOf(from + i) : arrayOf(valueOf, { from: from + i * step, sizes: inner });
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function badAnswer(message: string): MillraceError {
  return new MillraceError({ code: 'BAD_ANSWER', message });
}
