import type { MiningField } from '../parse/field.js';
import type { ModelHead } from '../parse/model-head.js';
import type { Compilation } from './compilation.js';
import type { Scope } from './scope.js';
import type { FieldType } from './value.js';

/** What a kind of model is compiled with. */
export interface ModelContext {
  readonly compilation: Compilation;
  readonly scope: Scope;
  readonly head: ModelHead;
  /** The target's name; of the model round it where it names none. */
  readonly target: string | undefined;
  /** Of the predicted value. */
  readonly type: FieldType;
  /** The categories that the DataDictionary lists for the target. */
  readonly categories: readonly string[];
  readonly miningFields: ReadonlyMap<string, MiningField>;
  readonly outer: ModelContext | undefined;
  /** Rounds to the arithmetic of the model. */
  readonly round: (value: number) => number;
}
