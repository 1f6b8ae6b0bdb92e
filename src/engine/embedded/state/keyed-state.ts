import { keyText } from '../../../spec/key-text.js';
import type { Value } from '../../../spec/batch.js';

/**
 * State of an operator by key. Keys are lists of values in the form of `Value`; equal values are one key, and NULL equals
 * NULL.
 *
 * Values belong to the state and may be changed in place; they survive the structured clone algorithm.
 */
export class KeyedState<T> {
  readonly #entries = new Map<string | number | bigint, { readonly key: readonly Value[]; readonly value: T }>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: readonly Value[]): T | undefined {
    return this.#entries.get(encodeKey(key))?.value;
  }

  /** What is stored for the key; `create` makes it where nothing is. */
  getOrCreate(key: readonly Value[], create: () => T): T {
    const code = encodeKey(key);
    const found = this.#entries.get(code);
    if (found) return found.value;
    const value = create();
    this.#entries.set(code, { key, value });
    return value;
  }

  set(key: readonly Value[], value: T): void {
    this.#entries.set(encodeKey(key), { key, value });
  }

  delete(key: readonly Value[]): void {
    this.#entries.delete(encodeKey(key));
  }

  /** In the order in which the keys came. */
  *entries(): IterableIterator<readonly [readonly Value[], T]> {
    for (const { key, value } of this.#entries.values()) yield [key, value];
  }

  /** For a checkpoint; shares nothing with the state. */
  snapshot(): readonly (readonly [readonly Value[], T])[] {
    return structuredClone([...this.entries()]);
  }

  /** Takes what `snapshot` gave; the state owns it from now on. */
  restore(entries: readonly (readonly [readonly Value[], T])[]): void {
    this.#entries.clear();
    for (const [key, value] of entries) this.set(key, value);
  }
}

/** A Map key that is equal for equal keys only. One number is its own code; anything else is text with types and lengths. */
export function encodeKey(key: readonly Value[]): string | number | bigint {
  if (key.length === 1 && (typeof key[0] === 'number' || typeof key[0] === 'bigint') && !Object.is(key[0], -0)) return key[0];
  return key.map(keyText).join('');
}
