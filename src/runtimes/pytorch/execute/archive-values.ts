import type { PickleValue, StoredTensor } from '../archive/pickle-value.js';
import { readStoredTensor } from '../archive/stored-tensor.js';
import type { TorchArchive } from '../archive/torch-archive.js';
import type { Emitter } from '../graph/emitter.js';
import { TensorCell, type GraphTensor } from '../graph/tensor-cell.js';
import { damaged } from '../refusal.js';
import { boolOf, dictKey, floatOf, intOf, NONE, stringOf, UNKNOWN, type ObjectValue, type Value } from './value.js';

const MAX_DEPTH = 200;

/** The values of an archive as values of its program; a thing that is stored once is one value. Weights are copied when first used. */
export class ArchiveValues {
  readonly #archive: TorchArchive;
  readonly #emitter: Emitter;
  readonly #values = new Map<PickleValue, Value>();
  readonly #tensors = new Map<string, GraphTensor>();

  constructor(archive: TorchArchive, emitter: Emitter) {
    this.#archive = archive;
    this.#emitter = emitter;
  }

  /** The module whose `forward` is the model. */
  module(): ObjectValue {
    const module = this.#value(this.#archive.module, 'data', 0);
    if (module.kind !== 'object') throw damaged('the archive holds something else than a module');
    return module;
  }

  /** What `CONSTANTS.c<index>` is. */
  constant(index: number): Value | undefined {
    const { constants } = this.#archive;
    const stored = constants.kind === 'tuple' || constants.kind === 'list' ? constants.items[index] : undefined;
    return stored && this.#value(stored, 'constants', 0);
  }

  /** An attribute of a module; `undefined` where it has none of the name. */
  attribute(object: ObjectValue, name: string): Value | undefined {
    const known = object.attributes.get(name);
    if (known !== undefined) return known;
    const stored = object.stored?.attributes.get(name);
    if (stored === undefined) return undefined;
    const value = this.#value(stored, 'data', 0);
    object.attributes.set(name, value);
    return value;
  }

  #value(stored: PickleValue, folder: 'data' | 'constants', depth: number): Value {
    const known = this.#values.get(stored);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) throw damaged('values of the archive are nested too deep');
    const value = this.#make(stored, folder, depth + 1);
    this.#values.set(stored, value);
    return value;
  }

  #make(stored: PickleValue, folder: 'data' | 'constants', depth: number): Value {
    switch (stored.kind) {
      case 'none':
        return NONE;
      case 'bool':
        return boolOf(stored.value);
      case 'int':
        return intOf(stored.value);
      case 'float':
        return floatOf(stored.value);
      case 'string':
        return stringOf(stored.value);
      case 'list':
        return { kind: 'list', items: stored.items.map(item => this.#value(item, folder, depth)), depth: -1 };
      case 'tuple':
        return { kind: 'tuple', items: stored.items.map(item => this.#value(item, folder, depth)) };
      case 'dict': {
        const entries = new Map<string, readonly [Value, Value]>();
        for (const [storedKey, item] of stored.entries) {
          const key = this.#value(storedKey, folder, depth);
          const text = dictKey(key);
          if (text === undefined) throw damaged('the archive has a dict with a key that cannot be one');
          entries.set(text, [key, this.#value(item, folder, depth)]);
        }
        return { kind: 'dict', entries, depth: -1 };
      }
      case 'object':
        return { kind: 'object', className: stored.className, attributes: new Map(), stored };
      case 'tensor':
        return new TensorCell(this.#tensor(stored, folder), undefined, true);
      case 'storage':
      case 'global':
        return UNKNOWN;
    }
  }

  #tensor(stored: StoredTensor, folder: 'data' | 'constants'): GraphTensor {
    const { storage, offset, shape, strides } = stored;
    const key = `${folder}/${storage.key}:${storage.elementClass}:${offset}:${shape.join()}:${strides.join()}`;
    const known = this.#tensors.get(key);
    if (known !== undefined) return known;
    const { dtype, bytes } = readStoredTensor(stored, this.#archive.storage(folder, storage.key), this.#archive.littleEndian);
    const name = this.#emitter.builder.constant(dtype, shape, bytes);
    const number = shape.length === 0 && bytes.length > 0 ? numberIn(dtype, bytes) : undefined;
    const tensor: GraphTensor = {
      name,
      dtype,
      shape,
      ...(number !== undefined && { known: { type: typeOf(dtype), value: number, rows: 0 } }),
    };
    this.#tensors.set(key, tensor);
    return tensor;
  }
}

function typeOf(dtype: GraphTensor['dtype']): 'int' | 'float' | 'bool' {
  if (dtype === 'bool') return 'bool';
  return dtype.startsWith('float') ? 'float' : 'int';
}

/** The first element; `undefined` for types whose numbers are not read while loading. */
function numberIn(dtype: GraphTensor['dtype'], bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype) {
    case 'float32':
      return view.getFloat32(0, true);
    case 'float64':
      return view.getFloat64(0, true);
    case 'int64':
      return Number(view.getBigInt64(0, true));
    case 'int32':
      return view.getInt32(0, true);
    case 'int16':
      return view.getInt16(0, true);
    case 'int8':
      return view.getInt8(0);
    case 'uint8':
    case 'bool':
      return view.getUint8(0);
    default:
      return undefined;
  }
}
