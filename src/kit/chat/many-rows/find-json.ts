import { scanJson } from './scan-json.js';

/** A JSON value that stands in a reply. */
export interface FoundJson {
  readonly value: unknown;
  /** Objects and arrays in it that the reply does not end; empty for a whole value. */
  readonly open: ReadonlySet<unknown>;
}

const NONE: ReadonlySet<unknown> = new Set();

/**
 * The JSON of a reply: the reply itself, or the objects and arrays in it, with prose or code fences between them. Of one
 * that the reply ends within, what is whole.
 *
 * @param parse JSON.parse, or one that keeps the digits of numbers.
 */
export function findJson(reply: string, parse: (text: string) => unknown): readonly FoundJson[] {
  const whole = attempt(reply.trim(), parse);
  if (whole !== undefined) return [{ value: whole, open: NONE }];
  const found: FoundJson[] = [];
  for (let at = nextBracket(reply, 0); at >= 0;) {
    const scan = scanJson(reply, at);
    if (scan.kind === 'none') {
      at = nextBracket(reply, at + 1);
      continue;
    }
    const value = attempt(scan.kind === 'complete' ? reply.slice(at, scan.end) : scan.closed, parse);
    if (value !== undefined) found.push({ value, open: scan.kind === 'complete' ? NONE : containersOn(scan.path, value) });
    if (scan.kind === 'unfinished') break;
    at = nextBracket(reply, scan.end);
  }
  return found;
}

function attempt(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function nextBracket(text: string, from: number): number {
  const bracket = /[[{]/g;
  bracket.lastIndex = from;
  return bracket.exec(text)?.index ?? -1;
}

function containersOn(path: readonly (string | number)[], root: unknown): ReadonlySet<unknown> {
  const open = new Set([root]);
  let at = root;
  for (const key of path) {
    at = (at as Record<string | number, unknown>)[key];
    open.add(at);
  }
  return open;
}
