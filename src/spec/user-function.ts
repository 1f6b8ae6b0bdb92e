import type { AcceptedJsType, JsTypesOf } from './js-type.js';

interface FunctionParts {
  /** SQL types of the parameters, as in CREATE TABLE: `['STRING', 'DECIMAL(10, 2)']`. Arguments are converted to them as in an INSERT. */
  readonly parameters: readonly string[];
  /** Whether the last parameter may stand any number of times, also none. Default false. */
  readonly variadic?: boolean | undefined;
  /** `strict`, the default: not called where an argument is NULL, and the result is NULL; `custom`: NULL arguments are `null`. */
  readonly nulls?: 'strict' | 'custom' | undefined;
  /** False where equal arguments can give different results; such calls are made for each row. Default true. */
  readonly deterministic?: boolean | undefined;
}

/** A function that gives one value for its arguments. It must not be async and must not wait: use a model for what takes time. */
export interface ScalarFunctionDefinition extends FunctionParts {
  /** SQL type of the result; NOT NULL where it never gives `null`. */
  readonly returns: string;
  /** Called for each row. Arguments and result are JavaScript values by the table of docs/guide/library.md. */
  evaluate(...args: never[]): unknown;
}

/** A function that gives rows for its arguments: `FROM t CROSS JOIN LATERAL TABLE(f(t.x)) AS r`. */
export interface TableFunctionDefinition extends FunctionParts {
  /** Names and SQL types of the columns that it gives, in order. */
  readonly columns: Readonly<Record<string, string>>;
  /** Called for each row. Gives the rows as an array or another iterable of objects by column name; where it is not called, there are none. */
  evaluate(...args: never[]): Iterable<unknown>;
}

/** What `CREATE FUNCTION … LANGUAGE JAVASCRIPT` takes from a module. */
export type FunctionDefinition = ScalarFunctionDefinition | TableFunctionDefinition;

/** The last parameter of a variadic function stands any number of times. */
type Repeated<Types extends readonly unknown[]> = Types extends readonly [...infer Head, infer Last] ? [...Head, ...Last[]] : Types;

type WithNulls<Types extends readonly unknown[]> = { [I in keyof Types]: Types[I] | null };

type Arguments<Parameters extends readonly string[], Nulls, Variadic> = Extract<
  Nulls extends 'custom' ? WithNulls<Given<Parameters, Variadic>> : Given<Parameters, Variadic>,
  readonly unknown[]
>;

type Given<Parameters extends readonly string[], Variadic> = Variadic extends true
  ? Repeated<JsTypesOf<Parameters>>
  : JsTypesOf<Parameters>;

interface TypedParts<Parameters, Nulls, Variadic> {
  readonly parameters: Parameters;
  readonly nulls?: Nulls;
  readonly variadic?: Variadic;
  readonly deterministic?: boolean;
}

/** Declares a scalar function; the types of `evaluate` follow from the SQL types. */
export function scalarFunction<
  const Parameters extends readonly string[],
  const Returns extends string,
  const Nulls extends 'strict' | 'custom' = 'strict',
  const Variadic extends boolean = false,
>(
  definition: TypedParts<Parameters, Nulls, Variadic> & {
    readonly returns: Returns;
    readonly evaluate: (...args: Arguments<Parameters, Nulls, Variadic>) => AcceptedJsType<Returns> | null;
  },
): ScalarFunctionDefinition {
  return definition;
}

/** Declares a table function; the types of `evaluate` follow from the SQL types. */
export function tableFunction<
  const Parameters extends readonly string[],
  const Columns extends Readonly<Record<string, string>>,
  const Nulls extends 'strict' | 'custom' = 'strict',
  const Variadic extends boolean = false,
>(
  definition: TypedParts<Parameters, Nulls, Variadic> & {
    readonly columns: Columns;
    readonly evaluate: (
      ...args: Arguments<Parameters, Nulls, Variadic>
    ) => Iterable<{ readonly [Name in keyof Columns]?: AcceptedJsType<Columns[Name]> | null }>;
  },
): TableFunctionDefinition {
  // Arguments that are still to be inferred are taken for none by the compiler.
  return definition as unknown as TableFunctionDefinition;
}
