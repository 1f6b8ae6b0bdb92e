import type { JsonValue } from './json-value.js';
import { parseJson } from './parse-json.js';

/** Parses a text as `parseJson`; texts that were just seen are not parsed again. */
export type JsonReader = (text: string) => JsonValue | undefined;

/** How many texts are remembered: a row seldom has more JSON columns that several paths are asked of. */
const REMEMBERED = 4;

export function createJsonReader(): JsonReader {
  const texts: string[] = [];
  const values: (JsonValue | undefined)[] = [];
  let next = 0;
  return text => {
    const known = texts.indexOf(text);
    if (known >= 0) return values[known];
    const value = parseJson(text);
    texts[next] = text;
    values[next] = value;
    next = (next + 1) % REMEMBERED;
    return value;
  };
}
