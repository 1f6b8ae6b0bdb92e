import type { JsonValue } from './json-value.js';

/** A path as the JSON functions of Flink know it, which is Jayway's JsonPath. */
export interface JsonPath {
  /** The path as written, for messages. */
  readonly text: string;
  readonly steps: readonly PathStep[];
  /** Whether it leads to one place at most. A path that is not definite always gives an array. */
  readonly definite: boolean;
}

export type PathStep =
  /** `.a`, `['a']`; several names make one object of them at the end of a path, and branches elsewhere. */
  | { readonly kind: 'members'; readonly names: readonly string[] }
  /** `[0]`, `[-1]`, `[0, 2]`. */
  | { readonly kind: 'elements'; readonly indices: readonly number[] }
  /** `[1:3]`: from inclusive, to exclusive. */
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  /** `.*` or `[*]`. */
  | { readonly kind: 'wildcard' }
  /** `..`: the next step is taken from every value at any depth. */
  | { readonly kind: 'descend' }
  /** `[?(…)]`. */
  | { readonly kind: 'filter'; readonly condition: PathCondition }
  /** `.length()` and the like, of what the steps before it lead to. */
  | { readonly kind: 'function'; readonly name: PathFunctionName };

export const PATH_FUNCTIONS = ['length', 'size', 'keys', 'first', 'last', 'min', 'max', 'sum', 'avg', 'stddev'] as const;

export type PathFunctionName = (typeof PATH_FUNCTIONS)[number];

/** What stands in the brackets of a filter. */
export type PathCondition =
  | { readonly kind: 'or' | 'and'; readonly left: PathCondition; readonly right: PathCondition }
  | { readonly kind: 'not'; readonly condition: PathCondition }
  | { readonly kind: 'exists'; readonly path: FilterPath }
  | {
      readonly kind: 'compare';
      readonly operator: PathOperator;
      readonly left: PathOperand;
      readonly right: PathOperand;
    };

export const PATH_OPERATORS = [
  '===',
  '!==',
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  '=~',
  'in',
  'nin',
  'contains',
  'all',
  'size',
  'empty',
  'subsetof',
  'anyof',
  'noneof',
] as const;

export type PathOperator = (typeof PATH_OPERATORS)[number];

export type PathOperand =
  | FilterPath
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'regex'; readonly regex: RegExp };

/** A path in a filter: from the value that is tested (`@`) or from the root (`$`). */
export interface FilterPath {
  readonly kind: 'path';
  readonly from: '@' | '$';
  readonly path: JsonPath;
}
