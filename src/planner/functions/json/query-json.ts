import type { JsonValue } from './json-value.js';
import { evaluateJsonPath } from './evaluate-json-path.js';
import type { ModePath } from './parse-json-path.js';
import { PathNotFound } from './path-not-found.js';

/** What a path finds in a document: a value that is not null, nothing, or an error with its reason. */
export type JsonFinding =
  | { readonly kind: 'value'; readonly value: Exclude<JsonValue, null>; readonly mode: ModePath['mode'] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly reason: string };

const EMPTY: JsonFinding = { kind: 'empty' };

/**
 * Looks a path up in a document, as Flink does: in lax mode what is missing or malformed is empty, in strict mode it is an
 * error, and so is null where a value is wanted.
 *
 * @param document `undefined` for a text that is not JSON.
 */
export function queryJson(document: JsonValue | undefined, { mode, path }: ModePath): JsonFinding {
  if (document === null) return error('the document is null');
  if (mode === 'lax') return queryLax(document, path);
  if (document === undefined) return error('the text is not JSON');
  try {
    const value = evaluateJsonPath(path, document);
    return value === null ? error(`strict path ${path.text} leads to null`) : { kind: 'value', value, mode };
  } catch (thrown) {
    if (thrown instanceof PathNotFound) return error(thrown.message);
    throw thrown;
  }
}

function queryLax(document: Exclude<JsonValue, null> | undefined, path: ModePath['path']): JsonFinding {
  if (document === undefined) return EMPTY;
  try {
    const value = evaluateJsonPath(path, document);
    return value === null ? EMPTY : { kind: 'value', value, mode: 'lax' };
  } catch (thrown) {
    if (!(thrown instanceof PathNotFound)) throw thrown;
    return path.definite ? EMPTY : { kind: 'value', value: [], mode: 'lax' };
  }
}

function error(reason: string): JsonFinding {
  return { kind: 'error', reason };
}
