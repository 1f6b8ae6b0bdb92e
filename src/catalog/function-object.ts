import type { DataType, Field } from '../spec/data-type.js';
import type { QualifiedName } from './objects.js';

/** A function of a user: what CREATE FUNCTION said, with what was found at the place it names. */
export interface FunctionObject {
  readonly kind: 'function';
  /** The last part in lower case: names of functions are not case-sensitive. */
  readonly name: QualifiedName;
  readonly temporary: boolean;
  /** TEMPORARY SYSTEM: known in all databases, and before the built-in functions. */
  readonly system: boolean;
  /** As written behind AS. */
  readonly className: string;
  /** In upper case. */
  readonly language: string;
  readonly implementation: FunctionImplementation;
}

export type FunctionImplementation = ScalarImplementation | TableImplementation | BuiltInImplementation;

interface ImplementationParts {
  /** Nullable, whatever was written. */
  readonly parameters: readonly DataType[];
  /** Whether the last parameter may stand any number of times, also none. */
  readonly variadic: boolean;
  /** `strict`: not called where an argument is NULL. */
  readonly nulls: 'strict' | 'custom';
  readonly deterministic: boolean;
  /** Takes and gives JavaScript values; may throw anything. */
  readonly evaluate: (...args: readonly unknown[]) => unknown;
}

export interface ScalarImplementation extends ImplementationParts {
  readonly kind: 'scalar';
  readonly returns: DataType;
}

/** Gives an iterable of rows. */
export interface TableImplementation extends ImplementationParts {
  readonly kind: 'table';
  readonly columns: readonly Field[];
}

/** Another name of a built-in function. */
export interface BuiltInImplementation {
  readonly kind: 'built-in';
  /** In upper case. */
  readonly name: string;
}
