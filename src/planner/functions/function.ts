import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';
import type { JsonReader } from './json/json-reader.js';

/** An argument of a call as the binder knows it. */
export interface BoundArgument {
  readonly type: DataType;
  /** The value where the argument is a literal; `undefined` where it is not constant. */
  readonly literal: Value | undefined;
}

/** What an evaluator may ask of the running job. */
export interface FunctionEnvironment {
  /** IANA name of the session's zone. */
  readonly timeZone: string;
  /** Microseconds since the epoch, UTC. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Reads JSON texts for all call sites of one operator, so that a text is parsed once a row; without it, each has its own. */
  readonly json?: JsonReader | undefined;
}

/**
 * How a call is computed. Arguments and results are in the form of `Value`, already of the parameter types.
 *
 * With `nulls: 'strict'` it sees only non-NULL arguments.
 */
export type Evaluator = InlineEvaluator | InvokeEvaluator;

/** A JavaScript expression that the compiler puts into its own code. */
export interface InlineEvaluator {
  readonly kind: 'inline';
  /**
   * The expression over argument expressions that have no side effects and may be repeated. Arguments and result are
   * primary or parenthesized, so that they can stand beside any operator.
   */
  readonly code: (args: readonly string[]) => string;
  /** What the code refers to, by name. One name means the same thing in every evaluator. */
  readonly helpers?: Readonly<Record<string, unknown>> | undefined;
}

/** A function, made once per call site. */
export interface InvokeEvaluator {
  readonly kind: 'invoke';
  readonly create: (environment: FunctionEnvironment) => (...args: never[]) => Value;
}

/** The overload that fits a call. */
export interface Resolution {
  /** Arguments are cast to these, by the rules of CAST, before the evaluator sees them; as many as arguments. */
  readonly parameters: readonly DataType[];
  /** The result's type, with its nullability for these arguments. */
  readonly type: DataType;
  /** `strict`: NULL as soon as one argument is; `custom`: the evaluator gets NULLs as `null`. */
  readonly nulls: 'strict' | 'custom';
  /** Whether the evaluator itself may give `null`. */
  readonly returnsNull: boolean;
  readonly evaluator: Evaluator;
}

export type FunctionFamily =
  | 'comparison'
  | 'logical'
  | 'arithmetic'
  | 'string'
  | 'temporal'
  | 'conditional'
  | 'conversion'
  | 'collection'
  | 'json'
  | 'hash'
  | 'auxiliary';

/** What the reference says about a function or a form of the grammar. */
export interface FunctionDoc {
  /** Upper case; operators have their sign as the name. */
  readonly name: string;
  /** Other names of the same function, upper case. */
  readonly aliases?: readonly string[] | undefined;
  readonly family: FunctionFamily;
  /** As the reference shows it: `UPPER(string)`. */
  readonly signature: string;
  /** One sentence. */
  readonly doc: string;
  /** Expressions with their result as text; they run as tests. */
  readonly examples: readonly { readonly sql: string; readonly result: string }[];
}

/** A scalar function, declared once: name, overloads, evaluator, docs and examples. */
export interface ScalarFunction extends FunctionDoc {
  /** False where equal arguments can give different results; such calls are never folded or merged. Default true. */
  readonly deterministic?: boolean | undefined;
  /**
   * Picks the overload.
   *
   * @throws {MillraceError} `TYPE_MISMATCH` or `INVALID_ARGUMENT`, without a span, when no overload fits.
   */
  resolve(args: readonly BoundArgument[]): Resolution;
}
