import { toLong } from '../../../common/long.js';
import { bigDecimalText, JsonDecimal, type JsonValue } from './json-value.js';

/** How deep values may stand in each other, as in the JSON reader of Flink. */
const MAX_DEPTH = 1_000;

/**
 * What `JSON.parse` would round, write otherwise or put in another order: numbers of 16 digits and more, with an exponent,
 * with a zero at the end of the fraction, or tiny; names that are array indices. It may see such things where there are
 * none, but not miss one.
 */
const NEEDS_CARE = /(?:^|[:,[\s])-?(?:\d[\d.]{15}|[\d.]+[eE]|\d+\.\d*0(?!\d)|0\.00000)|"\d+"\s*:/;

/**
 * The value of a JSON text, with all digits of its numbers.
 *
 * As in Flink, only the first value of the text is read: what stands behind it does not matter, unless it touches a
 * number or a word.
 *
 * @returns `undefined` where the text does not start with a JSON value, or values stand more than 1,000 deep.
 */
export function parseJson(text: string): JsonValue | undefined {
  if (!NEEDS_CARE.test(text) && !isDeep(text)) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      // The text can still hold a value with something behind it.
    }
  }
  try {
    return new JsonTextReader(text).read();
  } catch (thrown) {
    if (thrown instanceof NotJson) return undefined;
    throw thrown;
  }
}

class NotJson extends Error {}

const QUOTE = 34;
const BACKSLASH = 92;

function isDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = closingQuote(text, at);
    else if (code === 91 || code === 123) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === 93 || code === 125) depth--;
  }
  return false;
}

/** Where the string that starts at a quote ends; the end of the text where it does not. */
function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class JsonTextReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws {NotJson} */
  read(): JsonValue {
    const value = this.#value(0);
    const closed = typeof value === 'string' || (typeof value === 'object' && value !== null && !(value instanceof JsonDecimal));
    // A number or a word ends at a space or at the end of the text, so that 12abc is no number.
    if (!closed && this.#at < this.#text.length && !isSpace(this.#text.charCodeAt(this.#at))) throw new NotJson();
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw new NotJson();
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      default:
        return this.#numberOrWord();
    }
  }

  #object(depth: number): JsonValue {
    const members = Object.create(null) as Record<string, JsonValue>;
    this.#at++;
    this.#skipSpace();
    if (this.#accept('}')) return members;
    do {
      this.#skipSpace();
      const name = this.#string();
      this.#skipSpace();
      this.#expect(':');
      members[name] = this.#value(depth + 1);
      this.#skipSpace();
    } while (this.#accept(','));
    this.#expect('}');
    return members;
  }

  #array(depth: number): JsonValue {
    const elements: JsonValue[] = [];
    this.#at++;
    this.#skipSpace();
    if (this.#accept(']')) return elements;
    do {
      elements.push(this.#value(depth + 1));
      this.#skipSpace();
    } while (this.#accept(','));
    this.#expect(']');
    return elements;
  }

  #string(): string {
    const start = this.#at;
    if (this.#text.charCodeAt(start) !== QUOTE) throw new NotJson();
    const end = closingQuote(this.#text, start);
    const quoted = this.#text.slice(start, end + 1);
    this.#at = end + 1;
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw new NotJson();
    }
  }

  #numberOrWord(): JsonValue {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal !== undefined) {
      this.#at += literal.length;
      return numberOf(literal);
    }
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw new NotJson();
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #accept(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw new NotJson();
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function numberOf(literal: string): JsonValue {
  if (!/[.eE]/.test(literal)) return literal.length < 16 ? Number(literal) : toLong(BigInt(literal));
  const text = bigDecimalText(literal);
  const double = Number(text);
  return String(double) === text ? double : new JsonDecimal(text);
}
