import { isDocumentObject, isNumberArray, type DocumentValue } from './document-value.js';
import { malformed } from './malformed.js';

/** A value of a model document that knows where it stands, so that what is wrong with it can be said. */
export class DocumentNode {
  readonly value: DocumentValue;
  readonly #path: string;

  constructor(value: DocumentValue, path = '') {
    this.value = value;
    this.#path = path;
  }

  /** The member `name`. */
  get(name: string): DocumentNode {
    const found = this.find(name);
    if (found === undefined) throw malformed(`"${this.#at(name)}" is missing`);
    return found;
  }

  /** The member `name`; `undefined` where there is none, or it is null. */
  find(name: string): DocumentNode | undefined {
    if (!isDocumentObject(this.value)) throw this.#notA('an object');
    const member = Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    return member === undefined || member === null ? undefined : new DocumentNode(member, this.#at(name));
  }

  items(): DocumentNode[] {
    const { value } = this;
    if (isNumberArray(value)) return Array.from(value as ArrayLike<number>, (item, i) => new DocumentNode(item, `${this.#path}[${i}]`));
    if (!Array.isArray(value)) throw this.#notA('a list');
    return (value as readonly DocumentValue[]).map((item, i) => new DocumentNode(item, `${this.#path}[${i}]`));
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.#notA('a text');
    return this.value;
  }

  texts(): string[] {
    return this.items().map(item => item.text());
  }

  /** A whole number from `min` to `max`, which XGBoost writes as a text. */
  integer(min: number, max: number): number {
    const { value } = this;
    const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < min || number > max)
      throw this.#notA(`a whole number from ${min} to ${max}`);
    return number;
  }

  /** The numbers of an array, flags as 0 and 1. */
  numbers(): ArrayLike<number> {
    const { value } = this;
    if (value instanceof BigInt64Array) return Float64Array.from(value, Number);
    if (isNumberArray(value)) return value;
    if (!Array.isArray(value)) throw this.#notA('a list of numbers');
    const items = value as readonly DocumentValue[];
    const numbers = new Float64Array(items.length);
    for (let i = 0; i < numbers.length; i++) {
      const item = items[i];
      if (typeof item !== 'number' && typeof item !== 'boolean') throw this.#notA('a list of numbers');
      numbers[i] = Number(item);
    }
    return numbers;
  }

  /** As `numbers`, each a whole one that 32 bits hold. */
  integers(): Int32Array {
    const numbers = this.numbers();
    const integers = new Int32Array(numbers.length);
    for (let i = 0; i < integers.length; i++) {
      integers[i] = numbers[i]!;
      if (integers[i] !== numbers[i]) throw this.#notA('a list of whole numbers');
    }
    return integers;
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #notA(what: string) {
    return malformed(`"${this.#path === '' ? 'the document' : this.#path}" is not ${what}`);
  }
}
