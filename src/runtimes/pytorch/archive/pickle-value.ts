/**
 * What a pickle describes, as plain data. Integers and floats stay apart, as TorchScript tells them apart.
 *
 * Lists, dicts and objects keep their identity: the same one reached twice is one in the model too.
 */
export type PickleValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | PickleSequence
  | PickleDict
  | PickleObject
  | StoredTensor
  | { readonly kind: 'storage'; readonly storage: StorageReference }
  | { readonly kind: 'global'; readonly module: string; readonly name: string };

export interface PickleSequence {
  readonly kind: 'list' | 'tuple';
  readonly items: PickleValue[];
}

export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: [PickleValue, PickleValue][];
}

/** An instance of a class of the archive's own code: its attributes, nothing that runs. */
export interface PickleObject {
  readonly kind: 'object';
  /** Qualified: `__torch__.torch.nn.modules.linear.Linear`. */
  readonly className: string;
  readonly attributes: Map<string, PickleValue>;
}

/** A record of the archive that holds the elements of tensors. */
export interface StorageReference {
  /** The record's name below `data/` or `constants/`. */
  readonly key: string;
  /** By PyTorch's name, without `Storage`: `Float`, `Long`. */
  readonly elementClass: string;
  /** In elements. */
  readonly length: number;
}

/** A tensor as a view of a storage; offset, shape and strides in elements. */
export interface StoredTensor {
  readonly kind: 'tensor';
  readonly storage: StorageReference;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}
