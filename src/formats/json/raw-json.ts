// Reads members and elements of JSON texts as the text they are, so that numbers keep all their digits. The texts have
// passed JSON.parse before: nothing here checks the syntax again.

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The members of an object by name, each as its text; of members with the same name the last one. */
export function membersOf(object: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = afterSpace(object, object.indexOf('{') + 1);
  while (object.charCodeAt(at) === QUOTE) {
    const nameEnd = endOfString(object, at);
    const name = JSON.parse(object.slice(at, nameEnd)) as string;
    const start = afterSpace(object, object.indexOf(':', nameEnd) + 1);
    const end = endOfValue(object, start);
    members.set(name, object.slice(start, end));
    at = afterSeparator(object, end);
  }
  return members;
}

/** The elements of an array, each as its text. */
export function elementsOf(array: string): string[] {
  const elements: string[] = [];
  let at = afterSpace(array, array.indexOf('[') + 1);
  while (at < array.length && array.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = endOfValue(array, at);
    elements.push(array.slice(at, end));
    at = afterSeparator(array, end);
  }
  return elements;
}

/** The text without the space between its tokens. */
export function compactJson(text: string): string {
  let compact = '';
  let from = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (isSpace(code)) {
      compact += text.slice(from, at);
      at = afterSpace(text, at);
      from = at;
    } else at++;
  }
  return from === 0 ? text : compact + text.slice(from);
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfContainer(text, start);
  let at = start + 1;
  while (at < text.length && !endsToken(text.charCodeAt(at))) at++;
  return at;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1;
  return at + 1;
}

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    at++;
  } while (depth > 0);
  return at;
}

function endsToken(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Where the next member or element starts, or the closing bracket stands. */
function afterSeparator(text: string, end: number): number {
  const at = afterSpace(text, end);
  return text.charCodeAt(at) === COMMA ? afterSpace(text, at + 1) : at;
}
