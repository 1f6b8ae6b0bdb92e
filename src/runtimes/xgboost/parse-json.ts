import { constants } from 'node:buffer';
import { excerpt } from '../../kit/excerpt.js';
import { COPY_AGAIN } from './byte-cursor.js';
import { MAX_DEPTH, type DocumentValue } from './document-value.js';
import { malformed } from './malformed.js';

/**
 * JSON, and what XGBoost writes beside it: `NaN`, `Infinity` and `-Infinity`, as stand in models with categorical splits.
 *
 * @throws {MillraceError} `MODEL_LOAD` where these bytes are no complete document.
 */
export function parseJson(bytes: Uint8Array): DocumentValue {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw malformed(`a JSON file of ${bytes.length} bytes is too large to be read`, 'save the model in UBJSON: save_model("model.ubj")');
  }
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text) as DocumentValue;
  } catch {
    return new TolerantParser(text).document();
  }
}

const NUMBER = /^-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/;
/** Most characters of a number. */
const MAX_NUMBER = 64;
const WORDS: readonly (readonly [word: string, value: DocumentValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
];

const BLANKS = new Set([' ', '\t', '\n', '\r']);

/** JSON by recursive descent, for what JSON.parse does not take. */
class TolerantParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): DocumentValue {
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number): DocumentValue {
    if (depth > MAX_DEPTH) throw malformed(`arrays and objects are nested deeper than ${MAX_DEPTH} at character ${this.#at}`);
    if (this.#takes('{')) return this.#object(depth + 1);
    if (this.#takes('[')) return this.#array(depth + 1);
    if (this.#text[this.#at] === '"') return this.#string();
    const number = NUMBER.exec(this.#text.slice(this.#at, this.#at + MAX_NUMBER))?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      return Number(number);
    }
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#unexpected();
  }

  #object(depth: number): DocumentValue {
    const object: Record<string, DocumentValue> = Object.create(null) as Record<string, DocumentValue>;
    if (this.#takes('}')) return object;
    do {
      this.#skipBlanks();
      const name = this.#string();
      this.#expect(':');
      object[name] = this.#value(depth);
    } while (this.#takes(','));
    this.#expect('}');
    return object;
  }

  #array(depth: number): DocumentValue {
    const values: DocumentValue[] = [];
    if (this.#takes(']')) return values;
    do values.push(this.#value(depth));
    while (this.#takes(','));
    this.#expect(']');
    return values;
  }

  #string(): string {
    const from = this.#at;
    if (this.#text[from] !== '"') throw this.#unexpected();
    let end = from + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1;
    this.#at = Math.min(end + 1, this.#text.length);
    if (end >= this.#text.length) throw this.#unexpected();
    try {
      return JSON.parse(this.#text.slice(from, end + 1)) as string;
    } catch {
      this.#at = from;
      throw this.#unexpected();
    }
  }

  /** Whether `mark` comes next, after blanks, which are skipped; it is skipped too. */
  #takes(mark: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    while (BLANKS.has(this.#text[this.#at]!)) this.#at++;
  }

  #expect(mark: string): void {
    if (!this.#takes(mark)) throw this.#unexpected();
  }

  #unexpected() {
    if (this.#at >= this.#text.length) return malformed('the JSON ends before it is complete', COPY_AGAIN);
    return malformed(`not JSON at character ${this.#at}: ${excerpt(this.#text, this.#at)}`);
  }
}
