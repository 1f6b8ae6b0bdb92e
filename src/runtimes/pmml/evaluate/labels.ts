import { constantFor } from './predicate.js';
import { textOf, type FieldType, type Value } from './value.js';

/** The categories of a target, each with a place. */
export class Labels {
  readonly values: NonNullable<Value>[] = [];
  readonly #type: FieldType;
  readonly #places = new Map<string, number>();

  constructor(type: FieldType, first: readonly string[] = []) {
    this.#type = type;
    for (const text of first) this.place(text);
  }

  /** The place of a category, a new one where it was not seen before. */
  place(text: string): number {
    const value = constantFor({ ...this.#type, cost: 0, evaluate: () => undefined }, text);
    return this.placeOf(value);
  }

  placeOf(value: NonNullable<Value>): number {
    const key = textOf(value);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.values.push(value) - 1;
    this.#places.set(key, place);
    return place;
  }
}
