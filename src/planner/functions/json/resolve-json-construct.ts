import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { STRING } from '../../../spec/data-type.js';
import { countDoesNotFit, pure, resolutionOf } from '../define-function.js';
import type { BoundArgument, Resolution } from '../function.js';
import { isText } from '../type-rules.js';
import { jsonWriterOf, notWritable, writeMembers } from './json-writer.js';

// JSON_OBJECT and JSON_ARRAY. Values that come from another of them, or from JSON(…), go in as JSON, not as a string.

export const JSON_CONSTRUCT_SIGNATURES = {
  JSON_OBJECT: 'JSON_OBJECT([[KEY] key VALUE value, …] [{NULL | ABSENT} ON NULL])',
  JSON_ARRAY: 'JSON_ARRAY([value, …] [{NULL | ABSENT} ON NULL])',
} as const;

export interface JsonConstructClauses {
  readonly onNull: 'NULL' | 'ABSENT';
  /** For each argument, whether its text is JSON already. */
  readonly isJson: readonly boolean[];
}

type Write = (value: Value) => string;

function writerOf(name: string, { type }: BoundArgument, isJson: boolean): Write {
  const writer = isJson ? (json: string) => json : jsonWriterOf(type);
  if (writer === undefined) throw notWritable(name, type);
  return value => (value === null ? 'null' : writer(value as never));
}

/** Arguments are key, value, key, value … @throws {MillraceError} as `ScalarFunction.resolve`. */
export function resolveJsonObject(args: readonly BoundArgument[], { onNull, isJson }: JsonConstructClauses): Resolution {
  if (args.length % 2 !== 0) throw countDoesNotFit({ name: 'JSON_OBJECT', signature: JSON_CONSTRUCT_SIGNATURES.JSON_OBJECT }, args.length);
  const keys = args.filter((_, i) => i % 2 === 0).map(keyOf);
  const writes = keys.map((_, i) => writerOf('JSON_OBJECT', args[2 * i + 1]!, isJson[2 * i + 1] === true));
  const create = (...values: Value[]): string =>
    writeMembers(
      keys.flatMap((key, i) => {
        const value = values[2 * i + 1]!;
        return value === null && onNull === 'ABSENT' ? [] : [[key, writes[i]!(value)] as const];
      }),
    );
  return construction(args, create);
}

function keyOf({ type, literal }: BoundArgument): string {
  if (isText(type) && typeof literal === 'string') return literal;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'the keys of JSON_OBJECT are strings that are written out, and not NULL',
    notes: [{ message: "write JSON_OBJECT(KEY 'name' VALUE expression)" }],
  });
}

/** @throws {MillraceError} as `ScalarFunction.resolve`. */
export function resolveJsonArray(args: readonly BoundArgument[], { onNull, isJson }: JsonConstructClauses): Resolution {
  const writes = args.map((each, i) => writerOf('JSON_ARRAY', each, isJson[i] === true));
  const create = (...values: Value[]): string =>
    `[${values.flatMap((value, i) => (value === null && onNull === 'ABSENT' ? [] : [writes[i]!(value)])).join(',')}]`;
  return construction(args, create);
}

function construction(args: readonly BoundArgument[], create: (...values: Value[]) => string): Resolution {
  return resolutionOf({ call: { args, parameters: args.map(each => each.type) }, type: STRING, nulls: 'custom', evaluator: pure(create) });
}

/** The defaults of the two differ, as in the standard. */
export const JSON_OBJECT_ON_NULL = 'NULL';
export const JSON_ARRAY_ON_NULL = 'ABSENT';
