/** How the JSON value that starts at a place of a text ends. */
export type JsonScan =
  | { readonly kind: 'complete'; /** Behind its last character. */ readonly end: number }
  /** The text ends inside the value, after at least one whole value in it. */
  | {
      readonly kind: 'unfinished';
      /** The value up to the last whole one in it, closed. */
      readonly closed: string;
      /** Keys and indices that lead from the value to the innermost container that the text leaves open. */
      readonly path: readonly (string | number)[];
    }
  | { readonly kind: 'none' };

/** Deeper values are taken for none: a reply full of brackets must not cost the square of its length. */
const MAX_DEPTH = 64;

interface Frame {
  readonly isObject: boolean;
  /** The present member's name as JSON; unused in arrays. */
  key: string;
  /** Whole elements so far. */
  count: number;
}

const NONE: JsonScan = { kind: 'none' };
const WORD = /[-+.\w]+/y;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const SPACE = /[ \t\n\r]*/y;

/** Reads the object or array that starts at `start`, strictly by the grammar of JSON. */
export function scanJson(text: string, start: number): JsonScan {
  const frames: Frame[] = [];
  let at = start;
  /** Behind the last whole value, and how many containers were open there. */
  let whole: { readonly at: number; readonly depth: number } | undefined;
  for (;;) {
    // Here a value is due, or the end of an empty container.
    const top = frames.at(-1);
    const char = text[at];
    if (char === undefined) return unfinished();
    let valueEnds = false;
    if (char === '{' || char === '[') {
      if (frames.length === MAX_DEPTH) return NONE;
      frames.push({ isObject: char === '{', key: '', count: 0 });
      at = skipSpace(text, at + 1);
      if (text[at] === (char === '{' ? '}' : ']')) {
        frames.pop();
        at++;
        valueEnds = true;
      }
    } else {
      if (top === undefined) return NONE;
      const end = char === '"' ? endOfString(text, at) : endOfScalar(text, at);
      if (end === undefined) return NONE;
      // What ends with the text may go on.
      if (end === text.length) return unfinished();
      at = end;
      valueEnds = true;
    }
    // Behind a whole value: a comma, or the end of what holds it, which is a whole value again.
    while (valueEnds) {
      const holder = frames.at(-1);
      if (holder === undefined) return { kind: 'complete', end: at };
      holder.count++;
      whole = { at, depth: frames.length };
      at = skipSpace(text, at);
      if (at === text.length) return unfinished();
      if (text[at] === ',') {
        at = skipSpace(text, at + 1);
        valueEnds = false;
      } else if (text[at] === (holder.isObject ? '}' : ']')) {
        frames.pop();
        at++;
      } else return NONE;
    }
    const holder = frames.at(-1)!;
    if (!holder.isObject) continue;
    if (at === text.length) return unfinished();
    const keyEnd = text[at] === '"' ? endOfString(text, at) : undefined;
    if (keyEnd === undefined) return NONE;
    if (keyEnd === text.length) return unfinished();
    holder.key = text.slice(at, keyEnd);
    at = skipSpace(text, keyEnd);
    if (at === text.length) return unfinished();
    if (text[at] !== ':') return NONE;
    at = skipSpace(text, at + 1);
  }

  function unfinished(): JsonScan {
    if (whole === undefined) return NONE;
    const open = frames.slice(0, whole.depth);
    const closers = open.toReversed().map(({ isObject }) => (isObject ? '}' : ']'));
    // The innermost one is reached through the others; a container behind the last comma of an array is its next element.
    const path = open.slice(0, -1).map(({ isObject, key, count }) => (isObject ? (JSON.parse(key) as string) : count));
    return { kind: 'unfinished', closed: text.slice(start, whole.at) + closers.join(''), path };
  }
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

/** Behind a number, `true`, `false` or `null`; `undefined` for anything else. At the end of the text it may go on. */
function endOfScalar(text: string, at: number): number | undefined {
  WORD.lastIndex = at;
  const [word] = WORD.exec(text) ?? [];
  if (word === undefined) return undefined;
  const end = at + word.length;
  return end === text.length || SCALAR.test(word) ? end : undefined;
}

/** Behind the closing quote; the end of the text where there is none; `undefined` for a string that JSON does not have. */
function endOfString(text: string, quote: number): number | undefined {
  for (let at = quote + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') return at + 1;
    if (char === '\\') at++;
    else if (char < ' ') return undefined;
  }
  return text.length;
}
