import { allocate, numbersOf, stringsOf, type Element, type Tensor } from '../model/tensor.js';
import type { NodeAttributes } from '../model/node-attributes.js';
import type { Op } from './op.js';
import type { TableContent } from './loading.js';
import { Unsupported } from './unsupported.js';
import type { TensorValue, Value } from './value.js';

/** A filled lookup table. Keys are texts, or integers as text. */
export interface LookupTable {
  readonly key: Element;
  readonly value: Element;
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly size: number;
  readonly index: ReadonlyMap<string, number>;
}

const WHOLE_LINE = -2;
const LINE_NUMBER = -1;
/** Most lines of a vocabulary. */
const MAX_LINES = 10_000_000;

/** Builds the table that an initializer fills. */
export function tableOf(content: TableContent, tensor: (value: Value) => Tensor, readAsset: (name: string) => string): LookupTable {
  if (content.kind === 'pairs') return withIndex(tensor(content.keys), tensor(content.values));
  const [name] = stringsOf(tensor(content.file));
  return ofText(readAsset(name ?? ''), content.attributes);
}

function withIndex(keys: Tensor, values: Tensor): LookupTable {
  if (keys.data.length !== values.data.length) throw new Unsupported('of a table whose keys and values do not match');
  const index = new Map<string, number>();
  Array.from(keys.data as ArrayLike<unknown>, String).forEach((key, i) => index.set(key, i));
  return { key: keys.element, value: values.element, keys, values, size: index.size, index };
}

/** A table of the lines of a file: the line or a column of it, and its number or another column (`InitializeTableFromTextFile`). */
function ofText(text: string, attributes: NodeAttributes): LookupTable {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const limit = attributes.int('vocab_size', -1);
  const offset = attributes.int('offset', 0);
  const used = lines.slice(offset, limit < 0 ? undefined : offset + limit);
  if (used.length > MAX_LINES) throw new Unsupported(`of a table with ${used.length} lines`);
  const delimiter = attributes.text('delimiter', '\t');
  const columns = [attributes.int('key_index', WHOLE_LINE), attributes.int('value_index', LINE_NUMBER)].map(index => {
    if (index === LINE_NUMBER)
      return { element: 'int64' as const, shape: [used.length], data: BigInt64Array.from(used, (_, i) => BigInt(i)) };
    const texts = index === WHOLE_LINE ? used : used.map(line => line.split(delimiter)[index] ?? '');
    return { element: 'string' as const, shape: [used.length], data: texts };
  });
  return withIndex(columns[0]!, columns[1]!);
}

/** Looks keys up before ONNX; `otherwise` is what keys have that are not in the table. */
export function lookupIn(table: LookupTable, otherwise: Tensor): (inputs: readonly Tensor[]) => readonly Tensor[] {
  return ([keys]) => {
    const result = allocate(table.value, keys!.shape);
    const data = result.data as { [index: number]: unknown };
    for (let i = 0; i < keys!.data.length; i += 1) {
      const at = table.index.get(String(keys!.data[i]));
      data[i] = at === undefined ? otherwise.data[0] : table.values.data[at];
    }
    return [result];
  };
}

/** The same as a LabelEncoder of ONNX, for keys that only ONNX has. */
export function lookupWithOnnx(op: Op, table: LookupTable, keys: TensorValue, otherwise: Tensor): TensorValue {
  const [from, to] = [kindOf(table.key), kindOf(table.value)];
  const wideKey: Element = from === 'int64s' ? 'int64' : from === 'floats' ? 'float' : 'string';
  const wideValue: Element = to === 'int64s' ? 'int64' : to === 'floats' ? 'float' : 'string';
  const list = (
    tensor: Tensor,
    kind: string,
  ): { ints: readonly bigint[] } | { floats: readonly number[] } | { strings: readonly string[] } =>
    kind === 'int64s'
      ? { ints: Array.from(tensor.data as ArrayLike<number | bigint>, BigInt) }
      : kind === 'floats'
        ? { floats: numbersOf(tensor) }
        : { strings: stringsOf(tensor) };
  const [fallback] = Array.from(otherwise.data as ArrayLike<number | bigint | string>);
  const y = op.emit('LabelEncoder', [op.cast(keys, wideKey)], {
    element: wideValue,
    shape: keys.shape,
    domain: 'ai.onnx.ml',
    exact: {
      [`keys_${from}`]: list(table.keys, from),
      [`values_${to}`]: list(table.values, to),
      ...(to === 'int64s'
        ? { default_int64: { i: BigInt(fallback as number) } }
        : to === 'floats'
          ? { default_float: { f: Number(fallback) } }
          : { default_string: { s: String(fallback) } }),
    },
  });
  return op.cast(y, table.value);
}

function kindOf(element: Element): 'int64s' | 'floats' | 'strings' {
  if (element === 'string') return 'strings';
  if (element === 'float') return 'floats';
  if (element === 'int32' || element === 'int64') return 'int64s';
  throw new Unsupported(`of a table of ${element}`);
}
