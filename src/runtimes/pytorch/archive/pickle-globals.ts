import { damaged, unsupported } from '../refusal.js';
import type { PickleValue, StorageReference, StoredTensor } from './pickle-value.js';

/** `torch.<X>Storage` by X; what its elements are is the business of whoever reads the storage. */
const STORAGE = /^([A-Z][A-Za-z0-9]*)Storage$/;

/** Whether a pickle may name this global. No other name is ever looked up, and none is ever run. */
export function isAllowedGlobal(module: string, name: string): boolean {
  if (isClassOfArchive(module)) return true;
  if (module === 'torch') return name === 'device' || STORAGE.test(name);
  return `${module}.${name}` in BUILDERS;
}

/** Whether a module is code of the archive itself, of which a pickle only makes shells. */
export function isClassOfArchive(module: string): boolean {
  return module === '__torch__' || module.startsWith('__torch__.');
}

type Builder = (parameters: readonly PickleValue[]) => PickleValue;

const listOf: Builder = ([items]) => {
  if (items?.kind !== 'list' && items?.kind !== 'tuple') throw damaged('the pickle of the archive builds a list of something else');
  return { kind: 'list', items: items.items };
};

/** What these names mean when a pickle calls them: always the making of plain data. */
const BUILDERS: Readonly<Record<string, Builder>> = {
  'torch.jit._pickle.build_intlist': listOf,
  'torch.jit._pickle.build_doublelist': listOf,
  'torch.jit._pickle.build_boollist': listOf,
  'torch.jit._pickle.build_tensorlist': listOf,
  'torch.jit._pickle.restore_type_tag': ([value]) => value ?? { kind: 'none' },
  'torch._utils._rebuild_tensor_v2': parameters => tensorOf(parameters),
  'torch._utils._rebuild_parameter': ([tensor]) => {
    if (tensor?.kind !== 'tensor') throw damaged('the pickle of the archive makes a parameter of something else than a tensor');
    return tensor;
  },
  'collections.OrderedDict': ([items]) => ({ kind: 'dict', entries: items?.kind === 'list' ? items.items.map(pairOf) : [] }),
};

/** What calling an allowed global gives. */
export function buildByGlobal(module: string, name: string, parameters: readonly PickleValue[]): PickleValue {
  const builder = BUILDERS[`${module}.${name}`];
  if (builder !== undefined) return builder(parameters);
  if (module === 'torch' && name === 'device') return parameters[0]?.kind === 'string' ? parameters[0] : { kind: 'string', value: 'cpu' };
  throw unsupported(`the pickle of the archive calls "${module}.${name}", which is never run`);
}

/** A storage from the tuple that names it: `('storage', torch.FloatStorage, key, device, length)`. */
export function storageOf(id: PickleValue): StorageReference {
  const items = id.kind === 'tuple' ? id.items : [];
  const [tag, type, key, , length] = items;
  const elementClass = type?.kind === 'global' && type.module === 'torch' ? STORAGE.exec(type.name)?.[1] : undefined;
  if (tag?.kind !== 'string' || tag.value !== 'storage' || elementClass === undefined || key?.kind !== 'string') {
    throw damaged('the pickle of the archive refers to something else than a storage');
  }
  if (length?.kind !== 'int' || length.value < 0) throw damaged('the pickle of the archive has a storage without a length');
  return { key: key.value, elementClass, length: length.value };
}

function tensorOf([storage, offset, shape, strides]: readonly PickleValue[]): StoredTensor {
  if (storage?.kind !== 'storage') throw damaged('the pickle of the archive makes a tensor without a storage');
  const tensor: StoredTensor = {
    kind: 'tensor',
    storage: storage.storage,
    offset: offset?.kind === 'int' ? offset.value : -1,
    shape: sizesOf(shape),
    strides: sizesOf(strides),
  };
  if (tensor.offset < 0 || tensor.shape.length !== tensor.strides.length || tensor.shape.length > 64) {
    throw damaged('the pickle of the archive has a tensor with an impossible shape');
  }
  return tensor;
}

function sizesOf(value: PickleValue | undefined): number[] {
  const items = value?.kind === 'tuple' || value?.kind === 'list' ? value.items : undefined;
  const sizes = items?.map(item => (item.kind === 'int' ? item.value : -1));
  if (sizes === undefined || !sizes.every(size => Number.isSafeInteger(size) && size >= 0)) {
    throw damaged('the pickle of the archive has a tensor with an impossible shape');
  }
  return sizes;
}

function pairOf(value: PickleValue): [PickleValue, PickleValue] {
  if (value.kind !== 'tuple' || value.items.length !== 2)
    throw damaged('the pickle of the archive has a dict of something else than pairs');
  return [value.items[0]!, value.items[1]!];
}
