const LITERALS = ['true', 'false', 'null'];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

type Expected = 'value' | 'value or "]"' | 'name or "}"' | 'name' | '":"' | '"," or "}"' | '"," or "]"' | 'end of the record';

export interface JsonError {
  /** Where the text stops being JSON, from 0. */
  readonly at: number;
  /** What would have to stand there. */
  readonly expected: string;
}

/** The first place at which a text is not JSON (RFC 8259); for a text that JSON.parse has refused. */
export function locateJsonError(text: string): JsonError {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = skip(SPACE, text, at);
    const char = text[at];
    if (expected === 'end of the record' || char === undefined) return { at, expected: describe(expected) };
    if (char === ':' && expected === '":"') {
      expected = 'value';
      at++;
    } else if (char === ',' && expected.startsWith('","')) {
      expected = open.at(-1) === '{' ? 'name' : 'value';
      at++;
    } else if ((char === '}' || char === ']') && expected.endsWith(`"${char}"`)) {
      open.pop();
      expected = afterValue(open);
      at++;
    } else if (char === '"' && expected.startsWith('name')) {
      const end = endOfString(text, at);
      if (typeof end !== 'number') return end;
      expected = '":"';
      at = end;
    } else if (expected.startsWith('value')) {
      if (char === '{' || char === '[') {
        open.push(char);
        expected = char === '{' ? 'name or "}"' : 'value or "]"';
        at++;
        continue;
      }
      const end = endOfScalar(text, at);
      if (typeof end !== 'number') return end;
      expected = afterValue(open);
      at = end;
    } else return { at, expected: describe(expected) };
  }
}

function afterValue(open: readonly string[]): Expected {
  const container = open.at(-1);
  if (container === undefined) return 'end of the record';
  return container === '{' ? '"," or "}"' : '"," or "]"';
}

function describe(expected: Expected): string {
  if (expected === 'end of the record') return expected;
  return expected.startsWith('name') || expected.startsWith('value') ? `a ${expected}` : expected;
}

function endOfScalar(text: string, at: number): number | JsonError {
  if (text[at] === '"') return endOfString(text, at);
  const literal = LITERALS.find(word => text.startsWith(word, at));
  if (literal !== undefined) return at + literal.length;
  const end = skip(NUMBER, text, at);
  return end > at ? end : { at, expected: 'a value' };
}

function endOfString(text: string, start: number): number | JsonError {
  let at = start + 1;
  for (;;) {
    const char = text[at];
    if (char === undefined) return { at: start, expected: 'an end of this string' };
    if (char < ' ') return { at, expected: 'a string without control characters' };
    if (char === '"') return at + 1;
    if (char === '\\') {
      const end = skip(ESCAPE, text, at);
      if (end === at) return { at, expected: 'an escape such as "\\n" or "\\u0041"' };
      at = end;
    } else at++;
  }
}

/** The end of what a sticky pattern matches at `at`; `at` itself for nothing. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text) === null ? at : pattern.lastIndex;
}
