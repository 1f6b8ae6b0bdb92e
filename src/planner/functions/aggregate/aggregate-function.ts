import type { Value } from '../../../spec/batch.js';
import type { DataType } from '../../../spec/data-type.js';
import type { BoundArgument } from '../function.js';
import type { Accumulator } from './accumulator.js';

/** What a call of an aggregate says besides its arguments. */
export interface AggregateModifiers {
  readonly distinct: boolean;
  /** The words behind the arguments, such as `IGNORE NULLS`; one of the function's `clauses`. */
  readonly clause: string | undefined;
}

/** The overload of an aggregate that fits a call. */
export interface AggregateResolution {
  /** Arguments are cast to these, by the rules of CAST; as many as arguments. */
  readonly parameters: readonly DataType[];
  /** The result's type. NOT NULL where a group of at least one row never gives NULL. */
  readonly type: DataType;
  /** The result for a group without rows, as there is one without GROUP BY. */
  readonly ofNoRows: Value;
  /** `skip`: a row with a NULL argument does not count; `take`: the accumulator gets NULLs as `null`. */
  readonly nulls: 'skip' | 'take';
  readonly accumulator: Accumulator;
}

/** An aggregate function, declared once: name, signature, docs, examples, types and how it is computed. */
export interface AggregateFunction {
  /** Upper case. */
  readonly name: string;
  /** Other names of the same function, upper case. */
  readonly aliases?: readonly string[] | undefined;
  readonly family: 'aggregate';
  /** As the reference shows it: `SUM([DISTINCT] number)`. */
  readonly signature: string;
  /** One sentence. */
  readonly doc: string;
  /** Queries of one row with its values as text, parted by ` | `; they run as tests. */
  readonly examples: readonly { readonly sql: string; readonly result: string }[];
  /** Words that may follow the arguments; default none. */
  readonly clauses?: readonly string[] | undefined;
  /** Arguments, by their places, that are turned into their JSON text first. */
  readonly jsonArguments?: readonly number[] | undefined;
  /** Whether the order of the rows shows in the result, so that WITHIN GROUP (ORDER BY …) makes sense. Default false. */
  readonly ordered?: boolean | undefined;
  /**
   * Picks the overload. For `COUNT(*)` there are no arguments.
   *
   * @throws {MillraceError} `TYPE_MISMATCH` or `INVALID_ARGUMENT`, without a span, when no overload fits.
   */
  resolve(args: readonly BoundArgument[], modifiers: AggregateModifiers): AggregateResolution;
}
