import type { Evaluate } from './row.js';
import type { FieldType } from './value.js';

/** A compiled expression or field. */
export interface Code extends FieldType {
  readonly evaluate: Evaluate;
  /** The slot that holds the value from the start of each row on; `undefined` when it is computed when asked for. */
  readonly slot?: number | undefined;
  /** The slot that holds the value from the first time on that a row asks for it. */
  readonly memo?: number | undefined;
  /** How many steps it takes at most, so that functions of functions cannot multiply without end. */
  readonly cost: number;
  /** The texts of the categories, in declared order, where a DataField lists them. */
  readonly categories?: readonly string[] | undefined;
}
