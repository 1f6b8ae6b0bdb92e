import type { Element, Tensor } from '../model/tensor.js';

/** A size: known, or the name of one that only a batch tells. Equal names are equal sizes. */
export type Dim = number | string;

/** The number of rows. */
export const ROWS = 'N';

/** A tensor while a graph is converted: what is known of it, and how it is had when rows are there. */
export interface TensorValue {
  readonly kind: 'tensor';
  readonly element: Element;
  /** `undefined` where not even the rank is known. */
  readonly shape: readonly Dim[] | undefined;
  /** The values, where they do not depend on the input. */
  readonly constant?: Tensor | undefined;
  /** The values of an integer vector or scalar that is made of sizes, some of which are not known yet. */
  readonly sizes?: readonly Dim[] | undefined;
  /** No element is below this, as far as one is sure of it. */
  readonly atLeast?: number | undefined;
  /** How it is computed before ONNX, from the columns; absent where only ONNX has it. */
  readonly host?: HostValue | undefined;
  /** Its name in the ONNX graph; absent where it is not there (yet). */
  readonly name?: string | undefined;
}

/** A tensor of the computation that runs before ONNX. */
export type HostValue =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'result'; readonly step: HostStep; readonly output: number };

/** One operator of that computation. */
export interface HostStep {
  /** Operator of TensorFlow, for messages. */
  readonly op: string;
  readonly inputs: readonly HostValue[];
  run(inputs: readonly Tensor[]): readonly Tensor[];
}

/** A variable, a table, or another thing that is named and not computed. */
export interface ResourceValue {
  readonly kind: 'resource';
  readonly type: 'variable' | 'table';
  readonly name: string;
}

/** A tensor of the checkpoint that has not been read yet. */
export interface SavedValue {
  readonly kind: 'saved';
  readonly key: string;
  /** `10 4 0,5:0,4`: of the whole, the part that is meant; empty for all of it. */
  readonly slice: string;
}

/** A list of tensors, as loops gather their results; unset elements are `undefined`. */
export interface ListValue {
  readonly kind: 'list';
  readonly element: Element | undefined;
  readonly elementShape: readonly Dim[] | undefined;
  readonly items: readonly (TensorValue | undefined)[];
}

/** What follows from something that cannot be converted, or is on the branch that is not taken. */
export interface NoValue {
  readonly kind: 'unknown' | 'dead';
}

export type Value = TensorValue | ResourceValue | SavedValue | ListValue | NoValue;

export const UNKNOWN: NoValue = { kind: 'unknown' };
export const DEAD: NoValue = { kind: 'dead' };

/** A size as a factor times names: `4*N*width`, names in order, so that equal products have equal texts. */
export function multiplyDims(dims: readonly Dim[]): Dim {
  let factor = 1;
  const names: string[] = [];
  for (const dim of dims) {
    if (typeof dim === 'number') factor *= dim;
    else
      for (const part of dim.split('*')) {
        if (/^\d+$/.test(part)) factor *= Number(part);
        else names.push(part);
      }
  }
  if (factor === 0 || names.length === 0) return factor;
  return [...(factor === 1 ? [] : [String(factor)]), ...names.toSorted()].join('*');
}

/** `a / b` where that is sure to be whole; undefined otherwise. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  if (b === 1) return a;
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return b !== 0 && a % b === 0 ? a / b : undefined;
  const above = String(a).split('*');
  const below = String(b).split('*');
  let factor = above.filter(part => /^\d+$/.test(part)).reduce((product, part) => product * Number(part), 1);
  const names = above.filter(part => !/^\d+$/.test(part));
  for (const part of below) {
    if (/^\d+$/.test(part)) {
      if (Number(part) === 0 || factor % Number(part) !== 0) return undefined;
      factor /= Number(part);
    } else if (names.includes(part)) names.splice(names.indexOf(part), 1);
    else return undefined;
  }
  return multiplyDims([factor, ...names]);
}

export function isStatic(shape: readonly Dim[] | undefined): shape is readonly number[] {
  return shape?.every(dim => typeof dim === 'number') === true;
}
