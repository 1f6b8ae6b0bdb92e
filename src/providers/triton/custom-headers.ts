import { Secret } from '../../spec/option.js';

/** Header names, in lower case, and their values. */
export type Headers = ReadonlyMap<string, Secret>;

/** What HTTP allows as the name of a header: RFC 9110, section 5.1. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that the provider sets itself. */
const RESERVED = new Set(['content-length', 'content-type', 'content-encoding', 'inference-header-content-length', 'host']);

/**
 * Reads `{"X-Key": "a"}` and Flink's `X-Key:a,X-Client:b`.
 *
 * @returns `undefined` for anything else, and for names that HTTP does not allow or the provider sets itself.
 */
export function parseHeaders(text: string): Headers | undefined {
  const pairs = text.trimStart().startsWith('{') ? jsonPairs(text) : listPairs(text);
  if (pairs === undefined) return undefined;
  const headers = new Map<string, Secret>();
  for (const [name, value] of pairs) {
    if (!NAME.test(name) || RESERVED.has(name.toLowerCase())) return undefined;
    headers.set(name.toLowerCase(), new Secret(value));
  }
  return headers;
}

type Pair = readonly [name: string, value: string];

function jsonPairs(text: string): readonly Pair[] | undefined {
  try {
    const pairs = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>);
    return pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string') ? pairs : undefined;
  } catch {
    return undefined;
  }
}

function listPairs(text: string): readonly Pair[] | undefined {
  const pairs = text.split(',').map((part): Pair | undefined => {
    const colon = part.indexOf(':');
    return colon < 0 ? undefined : [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
  });
  return pairs.every(pair => pair !== undefined) ? pairs : undefined;
}
