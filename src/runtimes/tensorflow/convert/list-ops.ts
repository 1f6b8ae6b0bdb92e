import type { Element } from '../model/tensor.js';
import { stack, unstack } from './array-ops.js';
import { sizesOf, type Converter, type Op } from './op.js';
import { Unsupported } from './unsupported.js';
import type { Dim, ListValue, TensorValue } from './value.js';

/** Most elements of a list. */
const MAX_ITEMS = 10_000;

/**
 * Lists of tensors (tensorflow/core/kernels/list_kernels.cc), in which loops read their steps and gather their results. They
 * exist only while a graph is converted: how long they are, and where they are read and written, must be known then.
 */
function listOf(op: Op, index: number): ListValue {
  const value = op.inputs[index];
  if (value?.kind !== 'list') throw new Unsupported('of a list that is computed');
  return value;
}

/** A position or a length, which must be known. */
function known(op: Op, index: number, what: string): number {
  const size = sizesOf(op.tensor(index))?.[0];
  if (typeof size !== 'number') throw new Unsupported(`whose ${what} is not known before rows are there`);
  return size;
}

function elementShapeOf(op: Op, index: number): readonly Dim[] | undefined {
  const sizes = sizesOf(op.tensor(index));
  return op.tensor(index).shape?.length === 0 ? undefined : sizes;
}

const reserve: Converter = op => {
  const count = known(op, 1, 'length');
  if (count < 0 || count > MAX_ITEMS) throw new Unsupported(`with ${count} elements`);
  return {
    kind: 'list',
    element: op.attributes.element('element_dtype'),
    elementShape: elementShapeOf(op, 0),
    items: Array.from({ length: count }, () => undefined),
  };
};

const empty: Converter = op => ({
  kind: 'list',
  element: op.attributes.element('element_dtype'),
  elementShape: elementShapeOf(op, 0),
  items: [],
});

const fromTensor: Converter = op => {
  const x = op.tensor(0);
  const count = op.shape(x)[0];
  if (typeof count !== 'number') throw new Unsupported('over steps whose number is not known before rows are there');
  if (count > MAX_ITEMS) throw new Unsupported(`with ${count} elements`);
  return { kind: 'list', element: x.element, elementShape: op.shape(x).slice(1), items: unstack(op, x, 0) };
};

const getItem: Converter = op => {
  const list = listOf(op, 0);
  const at = known(op, 1, 'position');
  const item = list.items[at];
  if (item === undefined) return unset(op, list, at);
  return item;
};

/** What is not set counts as zeros, where its shape is known. */
function unset(op: Op, { items, element, elementShape }: ListValue, at: number): TensorValue {
  const like = items.find(item => item !== undefined);
  const shape = like?.shape ?? elementShape;
  if (at >= items.length || at < 0 || element === undefined || element === 'string' || shape === undefined)
    throw new Unsupported('of an element that is not set');
  if (shape.every(size => typeof size === 'number' && size >= 0)) return op.constant(element, shape as number[], []);
  if (like === undefined) throw new Unsupported('of an element that is not set');
  const zero = op.scalar(element, 0);
  return op.emit('Expand', [zero, op.emit('Shape', [like], { element: 'int64', shape: [shape.length] })], { element, shape });
}

const setItem: Converter = op => {
  const list = listOf(op, 0);
  const at = known(op, 1, 'position');
  const items =
    at >= list.items.length && at < MAX_ITEMS && op.attributes.bool('resize_if_index_out_of_bounds', false)
      ? [...list.items, ...Array.from({ length: at + 1 - list.items.length }, () => undefined)]
      : list.items;
  if (at < 0 || at >= items.length) throw new Unsupported(`at ${at} of ${items.length}`);
  return { ...list, items: items.with(at, op.tensor(2)) };
};

const stackOp: Converter = op => {
  const list = listOf(op, 0);
  if (list.items.length === 0) {
    const element: Element = list.element ?? 'float';
    if (list.elementShape?.every(size => typeof size === 'number' && size >= 0) !== true) throw new Unsupported('of no elements');
    return op.constant(element, [0, ...(list.elementShape as number[])], []);
  }
  return stack(
    op,
    list.items.map((item, i) => item ?? unset(op, list, i)),
    0,
  );
};

const pushBack: Converter = op => {
  const list = listOf(op, 0);
  if (list.items.length >= MAX_ITEMS) throw new Unsupported(`with more than ${MAX_ITEMS} elements`);
  return { ...list, items: [...list.items, op.tensor(1)] };
};

const popBack: Converter = op => {
  const list = listOf(op, 0);
  if (list.items.length === 0) throw new Unsupported('of no elements');
  return [{ ...list, items: list.items.slice(0, -1) }, list.items.at(-1) ?? unset(op, list, list.items.length - 1)];
};

export const LIST_OPS: Readonly<Record<string, Converter>> = {
  TensorListReserve: reserve,
  EmptyTensorList: empty,
  TensorListFromTensor: fromTensor,
  TensorListGetItem: getItem,
  TensorListSetItem: setItem,
  TensorListStack: stackOp,
  TensorListPushBack: pushBack,
  TensorListPopBack: popBack,
  TensorListLength: op => op.constant('int32', [], [listOf(op, 0).items.length]),
  TensorListElementShape: op => {
    const { items, elementShape } = listOf(op, 0);
    const shape = items.find(item => item !== undefined)?.shape ?? elementShape;
    if (shape === undefined || shape.some(size => typeof size !== 'number')) throw new Unsupported('that is not known');
    return op.constant(op.attributes.element('shape_type') ?? 'int32', [shape.length], shape as number[]);
  },
};
