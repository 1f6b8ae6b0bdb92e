import { MillraceError } from '../common/error.js';
import type { ErrorCode } from '../common/error-codes.js';
import { nearest } from '../common/nearest.js';
import type { Span } from '../common/span.js';
import type { Namespace, QualifiedName } from './objects.js';

/** The name and lifetime of an object. */
export interface NamedObject {
  readonly name: QualifiedName;
  readonly temporary: boolean;
}

/** How errors speak of the objects of a map. */
export interface ObjectNoun {
  readonly code: ErrorCode;
  readonly noun: string;
}

/** Objects of one kind by full name, a permanent and a temporary one for each. */
export class ObjectMap<T extends NamedObject> {
  readonly #permanent = new Map<string, T>();
  readonly #temporary = new Map<string, T>();
  readonly #noun: ObjectNoun;

  constructor(noun: ObjectNoun) {
    this.#noun = noun;
  }

  /** The temporary object of this name, or else the permanent one. */
  find(name: QualifiedName): T | undefined {
    const key = keyOf(name);
    return this.#temporary.get(key) ?? this.#permanent.get(key);
  }

  /** The object of this name and lifetime. */
  findOf(named: NamedObject): T | undefined {
    return this.#withLifetimeOf(named).get(keyOf(named.name));
  }

  /** That there is no such object, with the nearest one of its database or one of its name in another. `show` gives a name for people. */
  unknown(name: QualifiedName, show: (name: QualifiedName) => string, span: Span): MillraceError {
    const all = this.all().map(object => object.name);
    const here = all.filter(({ catalog, database }) => catalog === name.catalog && database === name.database);
    const suggestion =
      nearest(
        name.object,
        here.map(each => each.object),
      ) ?? all.filter(each => each.object === name.object).map(show)[0];
    return new MillraceError({
      code: this.#noun.code,
      message: `there is no ${this.#noun.noun} "${show(name)}"`,
      span,
      notes: suggestion === undefined ? [] : [{ message: `did you mean "${suggestion}"?` }],
    });
  }

  /** @throws {MillraceError} `ALREADY_EXISTS` at `span` when the name is taken by an object of the same lifetime. */
  add(object: T, span: Span): void {
    const objects = this.#withLifetimeOf(object);
    const key = keyOf(object.name);
    if (objects.has(key)) {
      throw new MillraceError({ code: 'ALREADY_EXISTS', message: `there is already a ${this.#noun.noun} "${object.name.object}"`, span });
    }
    objects.set(key, object);
  }

  replace(object: T): void {
    this.#withLifetimeOf(object).set(keyOf(object.name), object);
  }

  /** Removes the object of this name and lifetime. */
  removeObject(named: NamedObject): void {
    this.#withLifetimeOf(named).delete(keyOf(named.name));
  }

  /** Removes the temporary object of this name, or else the permanent one. */
  remove(name: QualifiedName): void {
    const key = keyOf(name);
    if (!this.#temporary.delete(key)) this.#permanent.delete(key);
  }

  /** Removes the permanent objects of a database. */
  removeAllIn(namespace: Namespace): void {
    for (const object of this.permanentIn(namespace)) this.#permanent.delete(keyOf(object.name));
  }

  /** In order of their names. */
  permanentIn({ catalog, database }: Namespace): T[] {
    return [...this.#permanent.values()].filter(({ name }) => name.catalog === catalog && name.database === database);
  }

  /** In order of their names; a temporary object hides the permanent one. */
  all(): T[] {
    const merged = new Map([...this.#permanent, ...this.#temporary]);
    return [...merged.keys()].toSorted().map(key => merged.get(key)!);
  }

  #withLifetimeOf(object: NamedObject): Map<string, T> {
    return object.temporary ? this.#temporary : this.#permanent;
  }
}

/** In the order of the names. A part may hold dots, so they cannot stand between the parts. */
function keyOf({ catalog, database, object }: QualifiedName): string {
  return [catalog, database, object].join('\0');
}
