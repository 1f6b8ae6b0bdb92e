import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { BOOLEAN, formatType, STRING, type DataType } from '../../../spec/data-type.js';
import { fitText } from '../../../spec/value-text.js';
import { countDoesNotFit, perJob, resolutionOf, typesDoNotFit } from '../define-function.js';
import type { BoundArgument, FunctionEnvironment, Resolution } from '../function.js';
import { text, textOnly } from '../parameters.js';
import { explicitCast, isText } from '../type-rules.js';
import { convertJson, isJsonResult } from './json-conversion.js';
import { createJsonReader } from './json-reader.js';
import { isJsonArray, isJsonScalar, type JsonValue } from './json-value.js';
import { parseModePath, type ModePath } from './parse-json-path.js';
import { queryJson, type JsonFinding } from './query-json.js';
import { writeJson } from './write-json.js';

// JSON_EXISTS, JSON_VALUE and JSON_QUERY: a document and a path, then what their clauses say. Arguments behind the path are
// the defaults of JSON_VALUE.

/** How the functions are shown in messages. */
export const JSON_QUERY_SIGNATURES = {
  JSON_EXISTS: 'JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR])',
  JSON_VALUE: 'JSON_VALUE(json, path [RETURNING type] [{NULL | ERROR | DEFAULT value} ON EMPTY] [{NULL | ERROR | DEFAULT value} ON ERROR])',
  JSON_QUERY:
    'JSON_QUERY(json, path [RETURNING type] [{WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL]} WRAPPER] [{NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR} ON EMPTY] [{…} ON ERROR])',
} as const;

type QueryName = keyof typeof JSON_QUERY_SIGNATURES;

/** The types that the document and the path are cast to. */
function documentAndPath(name: QueryName, args: readonly BoundArgument[], defaults: number): [DataType, DataType] {
  const head = { name, signature: JSON_QUERY_SIGNATURES[name] };
  if (args.length !== 2 + defaults) throw countDoesNotFit(head, args.length - defaults);
  const document = text(args[0]!, []);
  const path = textOnly(args[1]!, []);
  if (document === undefined || path === undefined) throw typesDoNotFit(head, args.slice(0, 2));
  return [document, path];
}

type Finder = (document: string, path: string) => JsonFinding;

/** Looks a path up; a literal path is read once. @throws {MillraceError} `INVALID_ARGUMENT` for a literal that is no path. */
function finderOf(path: BoundArgument): (environment: FunctionEnvironment) => Finder {
  const known = typeof path.literal === 'string' ? parseModePath(path.literal) : undefined;
  return environment => {
    const read = environment.json ?? createJsonReader();
    if (known !== undefined) return document => queryJson(read(document), known);
    let last: { readonly text: string; readonly path: ModePath | MillraceError } | undefined;
    return (document, pathText) => {
      last = last?.text === pathText ? last : { text: pathText, path: tryParse(pathText) };
      return MillraceError.is(last.path) ? { kind: 'error', reason: last.path.message } : queryJson(read(document), last.path);
    };
  };
}

function tryParse(pathText: string): ModePath | MillraceError {
  try {
    return parseModePath(pathText);
  } catch (thrown) {
    if (MillraceError.is(thrown)) return thrown;
    throw thrown;
  }
}

function failed(name: QueryName, reason: string): MillraceError {
  return new MillraceError({ code: 'INVALID_VALUE', message: `${name}: ${reason}` });
}

export interface JsonExistsClauses {
  readonly onError: 'TRUE' | 'FALSE' | 'UNKNOWN' | 'ERROR';
}

/** @throws {MillraceError} as `ScalarFunction.resolve`. */
export function resolveJsonExists(args: readonly BoundArgument[], { onError }: JsonExistsClauses): Resolution {
  const parameters = documentAndPath('JSON_EXISTS', args, 0);
  const finder = finderOf(args[1]!);
  const behaviors: Readonly<Record<Exclude<JsonExistsClauses['onError'], 'ERROR'>, boolean | null>> = {
    TRUE: true,
    FALSE: false,
    UNKNOWN: null,
  };
  return resolutionOf({
    call: { args, parameters },
    type: BOOLEAN,
    returnsNull: onError === 'UNKNOWN',
    evaluator: perJob(environment => {
      const find = finder(environment);
      return (document: string, path: string) => {
        const found = find(document, path);
        if (found.kind !== 'error') return found.kind === 'value';
        if (onError === 'ERROR') throw failed('JSON_EXISTS', found.reason);
        return behaviors[onError];
      };
    }),
  });
}

export interface JsonValueClauses {
  readonly returning: DataType;
  /** `DEFAULT` takes the next argument behind the path, that of ON EMPTY before that of ON ERROR. */
  readonly onEmpty: 'NULL' | 'ERROR' | 'DEFAULT';
  readonly onError: 'NULL' | 'ERROR' | 'DEFAULT';
}

/** @throws {MillraceError} as `ScalarFunction.resolve`. */
export function resolveJsonValue(args: readonly BoundArgument[], { returning, onEmpty, onError }: JsonValueClauses): Resolution {
  const defaults = [onEmpty, onError].filter(each => each === 'DEFAULT').length;
  const parameters = documentAndPath('JSON_VALUE', args, defaults);
  if (!isJsonResult(returning)) throw notReturned('JSON_VALUE', returning, 'STRING, BOOLEAN or a number type');
  const finder = finderOf(args[1]!);
  const [emptyDefault, errorDefault] = [onEmpty === 'DEFAULT' ? 0 : -1, onError === 'DEFAULT' ? defaults - 1 : -1];
  return resolutionOf({
    call: { args, parameters: [...parameters, ...args.slice(2).map(each => defaultType(each.type, returning))] },
    type: returning,
    nulls: 'custom',
    returnsNull: true,
    evaluator: perJob(environment => {
      const find = finder(environment);
      const fallback = (behavior: JsonValueClauses['onEmpty'], value: Value | undefined, reason: string): Value => {
        if (behavior === 'ERROR') throw failed('JSON_VALUE', reason);
        return value ?? null;
      };
      return (document: string | null, path: string | null, ...values: Value[]) => {
        if (document === null || path === null) return null;
        const shown = values.map(each => shownAs(each, returning));
        const found = find(document, path);
        if (found.kind === 'empty' || (found.kind === 'value' && found.mode === 'lax' && !isJsonScalar(found.value))) {
          return fallback(onEmpty, shown[emptyDefault], 'the path leads to no scalar');
        }
        if (found.kind === 'error') return fallback(onError, shown[errorDefault], found.reason);
        if (!isJsonScalar(found.value)) return fallback(onError, shown[errorDefault], 'the path leads to an array or an object');
        return (
          convertJson(found.value, returning) ??
          fallback(
            onError,
            shown[errorDefault],
            `"${String(convertJson(found.value, STRING))}" does not become ${formatType(returning, 'ignore')}`,
          )
        );
      };
    }),
  });
}

/** BOOLEANs stay, since JSON shows them in lower case. */
function defaultType(from: DataType, returning: DataType): DataType {
  if (isText(returning) && from.kind === 'BOOLEAN') return BOOLEAN;
  if (explicitCast(from, returning)) return returning;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `the DEFAULT of JSON_VALUE is ${formatType(from, 'ignore')}, which does not become ${formatType(returning, 'ignore')}`,
  });
}

function shownAs(value: Value, returning: DataType): Value {
  const isShown = typeof value === 'boolean' && (returning.kind === 'CHAR' || returning.kind === 'VARCHAR');
  return isShown ? fitText(String(value), returning) : value;
}

function notReturned(name: QueryName, type: DataType, wanted: string): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${name} does not return ${formatType(type, 'ignore')}`,
    notes: [{ message: `it returns ${wanted}; CAST its STRING to other types` }],
  });
}

export interface JsonQueryClauses {
  readonly returning: DataType;
  readonly wrapper: 'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL';
  readonly onEmpty: JsonQueryBehavior;
  readonly onError: JsonQueryBehavior;
}

export type JsonQueryBehavior = 'NULL' | 'EMPTY ARRAY' | 'EMPTY OBJECT' | 'ERROR';

/** @throws {MillraceError} as `ScalarFunction.resolve`. */
export function resolveJsonQuery(args: readonly BoundArgument[], clauses: JsonQueryClauses): Resolution {
  const parameters = documentAndPath('JSON_QUERY', args, 0);
  const { returning, onEmpty, onError } = clauses;
  checkReturnedArray(clauses);
  const finder = finderOf(args[1]!);
  return resolutionOf({
    call: { args, parameters },
    type: returning,
    returnsNull: true,
    evaluator: perJob(environment => {
      const find = finder(environment);
      return (document: string, path: string) => {
        const found = find(document, path);
        if (found.kind === 'error') return fallback(onError, returning, found.reason);
        if (found.kind === 'empty') return fallback(onEmpty, returning, 'the path leads nowhere');
        const value = wrapped(found.value, clauses.wrapper);
        if (isJsonScalar(value)) {
          const reason = 'the path leads to a scalar';
          return fallback(found.mode === 'lax' ? onEmpty : onError, returning, reason);
        }
        const result = resultOf(value, returning);
        return result ?? fallback(onError, returning, `the path leads to what is no ${formatType(returning, 'ignore')}`);
      };
    }),
  });
}

function checkReturnedArray({ returning, onEmpty, onError }: JsonQueryClauses): void {
  if (isText(returning)) return;
  if (returning.kind !== 'ARRAY' || !isJsonResult(returning.element)) {
    throw notReturned('JSON_QUERY', returning, 'STRING, or an ARRAY of STRING, BOOLEAN or a number type');
  }
  if (onEmpty !== 'EMPTY OBJECT' && onError !== 'EMPTY OBJECT') return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `JSON_QUERY cannot give EMPTY OBJECT where it returns ${formatType(returning, 'ignore')}`,
    notes: [{ message: 'write EMPTY ARRAY, NULL or ERROR' }],
  });
}

function wrapped(value: Exclude<JsonValue, null>, wrapper: JsonQueryClauses['wrapper']): Exclude<JsonValue, null> {
  const isWrapped = wrapper === 'UNCONDITIONAL' || (wrapper === 'CONDITIONAL' && !isJsonArray(value));
  return isWrapped ? [value] : value;
}

/** `undefined` where an array is wanted and there is none, or one of its elements does not become the element type. */
function resultOf(value: JsonValue, returning: DataType): Value | undefined {
  if (returning.kind === 'CHAR' || returning.kind === 'VARCHAR') return fitText(writeJson(value), returning);
  if (returning.kind !== 'ARRAY' || !isJsonArray(value)) return undefined;
  const { element } = returning;
  const elements = value.map(each => (each === null ? null : convertJson(each, element)));
  return elements.includes(undefined) ? undefined : (elements as Value[]);
}

function fallback(behavior: JsonQueryBehavior, returning: DataType, reason: string): Value {
  switch (behavior) {
    case 'NULL':
      return null;
    case 'EMPTY ARRAY':
      return isText(returning) ? '[]' : [];
    case 'EMPTY OBJECT':
      return '{}';
    case 'ERROR':
      throw failed('JSON_QUERY', reason);
  }
}

export const JSON_EXISTS_DEFAULTS: JsonExistsClauses = { onError: 'FALSE' };
export const JSON_VALUE_DEFAULTS: JsonValueClauses = { returning: STRING, onEmpty: 'NULL', onError: 'NULL' };
export const JSON_QUERY_DEFAULTS: JsonQueryClauses = { returning: STRING, wrapper: 'WITHOUT', onEmpty: 'NULL', onError: 'NULL' };
