// How SQL values look in JavaScript, for functions, rows of a query and registered tables; docs/guide/library.md has the table.

/** A SQL value in JavaScript. NULL is `null`. */
export type JsValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly JsValue[]
  | ReadonlyMap<JsValue, JsValue>
  | { readonly [field: string]: JsValue };

/** The type of a non-NULL value of a written SQL type: `JsTypeOf<'ARRAY<INT>'>` is `(number | null)[]`. */
export type JsTypeOf<Type extends string> = Convert<Normalized<Type>, 'given'>;

/** What is accepted where a value of a written SQL type is wanted: `AcceptedJsType<'BIGINT'>` is `bigint | number`. */
export type AcceptedJsType<Type extends string> = Convert<Normalized<Type>, 'accepted'>;

/** `JsTypeOf` of each type of a list. */
export type JsTypesOf<Types extends readonly string[]> = { -readonly [I in keyof Types]: JsTypeOf<Types[I]> };

type Normalized<Type extends string> = WithoutNotNull<Uppercase<Trimmed<Type>>>;
type Trimmed<Type extends string> = Type extends ` ${infer Rest}` ? Trimmed<Rest> : Type extends `${infer Rest} ` ? Trimmed<Rest> : Type;
type WithoutNotNull<Type extends string> = Type extends `${infer Bare} NOT NULL` ? Bare : Type;

type Numbers = 'TINYINT' | 'SMALLINT' | 'INT' | 'INTEGER' | 'FLOAT' | 'DOUBLE' | 'DOUBLE PRECISION' | `INTERVAL ${string}`;
type Decimals = `DECIMAL${string}` | `DEC${string}` | `NUMERIC${string}`;
type Instants = `TIMESTAMP_LTZ${string}` | `TIMESTAMP${string}WITH LOCAL TIME ZONE`;
type Texts = 'STRING' | `VARCHAR${string}` | `CHAR${string}` | 'DATE' | 'TIME' | `TIME(${string}` | `TIMESTAMP${string}`;
type Bytes = 'BYTES' | `BINARY${string}` | `VARBINARY${string}`;

/** `accepted` takes more than `given` hands out. Fields of a ROW are not told apart: its text would have to be read for it. */
type Convert<Type extends string, Side extends 'given' | 'accepted'> = string extends Type
  ? JsValue
  : Type extends 'BOOLEAN'
    ? boolean
    : Type extends Numbers
      ? number
      : Type extends 'BIGINT'
        ? Side extends 'given'
          ? bigint
          : bigint | number
        : Type extends Decimals
          ? Side extends 'given'
            ? string
            : string | number | bigint
          : Type extends Instants
            ? Side extends 'given'
              ? string
              : string | Date
            : Type extends Texts
              ? string
              : Type extends Bytes
                ? Uint8Array
                : Type extends `ARRAY<${infer Element}>` | `MULTISET<${infer Element}>`
                  ? readonly (Convert<Normalized<Element>, Side> | null)[]
                  : Type extends `MAP<${string}`
                    ? Side extends 'given'
                      ? ReadonlyMap<JsValue, JsValue>
                      : ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>
                    : Type extends `ROW<${string}` | `ROW(${string}`
                      ? Side extends 'given'
                        ? { readonly [field: string]: JsValue }
                        : Readonly<Record<string, unknown>>
                      : JsValue;
