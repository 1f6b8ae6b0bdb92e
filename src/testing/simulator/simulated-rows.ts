import { isObject, type Body } from './json-body.js';

/** One row of a prompt of several. */
export interface SimulatedRow {
  /** As the prompt writes it. */
  readonly id: number;
  /** What the row says besides its id, in the form of `contentOf`. */
  readonly content: string;
}

/** A prompt that asks about several rows. */
export interface SimulatedRows {
  /** What the prompt calls the id. */
  readonly idName: string;
  /** In the order of the prompt. */
  readonly rows: readonly SimulatedRow[];
}

/**
 * The rows of a prompt as `createLanguageModel` of the kit writes it: one JSON object a line, or lines of an id and a
 * JSON value; `undefined` for any other prompt.
 */
export function readRows(instructions: string, message: string): SimulatedRows | undefined {
  const [, idName] = /with its "([^"]+)", which tells the rows apart/.exec(instructions) ?? [];
  if (idName === undefined) return undefined;
  const rows = message.split('\n').flatMap(line => readObject(line, idName) ?? readListed(line) ?? []);
  return rows.length === 0 ? undefined : { idName, rows };
}

function readObject(line: string, idName: string): SimulatedRow | undefined {
  const row = parse(line);
  if (!isObject(row) || typeof row[idName] !== 'number') return undefined;
  const { [idName]: id, ...rest } = row;
  const [only, ...more] = Object.values(rest);
  return { id: id as number, content: more.length === 0 && typeof only === 'string' ? only : contentOf(JSON.stringify(rest)) };
}

function readListed(line: string): SimulatedRow | undefined {
  const [, id, rest] = /^\W*(\d{9})\W*?\s+(.*)$/.exec(line) ?? [];
  if (id === undefined) return undefined;
  const value = parse(rest!);
  return { id: Number(id), content: typeof value === 'string' ? value : rest! };
}

/** What a message says, the same for a JSON object whatever the order of its members. */
export function contentOf(message: string): string {
  const json = message.startsWith('{') ? parse(message) : undefined;
  return isObject(json) ? JSON.stringify(sorted(json)) : message;
}

function sorted(object: Body): Body {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
