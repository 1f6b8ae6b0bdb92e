import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { Span } from '../common/span.js';
import type { ObjectName } from '../sql/ast/identifier.js';
import type { ModelObject, QualifiedName, RelationObject } from './objects.js';

const DEFAULT_CATALOG = 'default_catalog';
const DEFAULT_DATABASE = 'default_database';

/** What names mean in one session. Names are case-sensitive; temporary objects hide others of the same name. */
export class Catalog {
  readonly #relations = new ObjectMap<RelationObject>('UNKNOWN_TABLE', 'table or view');
  readonly #models = new ObjectMap<ModelObject>('UNKNOWN_MODEL', 'model');

  /** The full form of a name of one to three parts. */
  qualify(name: ObjectName): QualifiedName {
    const parts = name.parts.map(part => part.name);
    if (parts.length > 3) {
      throw new MillraceError({
        code: 'SYNTAX',
        message: `a name has at most three parts, "${parts.join('.')}" has ${parts.length}`,
        span: name.span,
      });
    }
    const [object, database = DEFAULT_DATABASE, catalog = DEFAULT_CATALOG] = parts.toReversed();
    return { catalog, database, object: object! };
  }

  /** @throws {MillraceError} `UNKNOWN_TABLE` at the name. */
  relation(name: ObjectName): RelationObject {
    return this.#relations.get(this.qualify(name), name.span);
  }

  /** @throws {MillraceError} `UNKNOWN_MODEL` at the name. */
  model(name: ObjectName): ModelObject {
    return this.#models.get(this.qualify(name), name.span);
  }

  findRelation(name: QualifiedName): RelationObject | undefined {
    return this.#relations.find(name);
  }

  findModel(name: QualifiedName): ModelObject | undefined {
    return this.#models.find(name);
  }

  /** @throws {MillraceError} `ALREADY_EXISTS` at `span` when the name is taken by an object of the same lifetime. */
  addRelation(relation: RelationObject, span: Span): void {
    this.#relations.add(relation, span);
  }

  addModel(model: ModelObject, span: Span): void {
    this.#models.add(model, span);
  }

  replaceRelation(relation: RelationObject): void {
    this.#relations.replace(relation);
  }

  replaceModel(model: ModelObject): void {
    this.#models.replace(model);
  }

  dropRelation(name: QualifiedName): void {
    this.#relations.remove(name);
  }

  dropModel(name: QualifiedName): void {
    this.#models.remove(name);
  }

  /** In order of their names. */
  relations(): RelationObject[] {
    return this.#relations.all();
  }

  /** In order of their names. */
  models(): ModelObject[] {
    return this.#models.all();
  }
}

/** The name without the parts that go without saying. */
function shortName({ catalog, database, object }: QualifiedName): string {
  if (catalog !== DEFAULT_CATALOG) return `${catalog}.${database}.${object}`;
  return database === DEFAULT_DATABASE ? object : `${database}.${object}`;
}

interface CatalogObject {
  readonly name: QualifiedName;
  readonly temporary: boolean;
}

/** Objects of one kind by full name, a permanent and a temporary one for each. */
class ObjectMap<T extends CatalogObject> {
  readonly #permanent = new Map<string, T>();
  readonly #temporary = new Map<string, T>();
  readonly #code: 'UNKNOWN_TABLE' | 'UNKNOWN_MODEL';
  readonly #noun: string;

  constructor(code: 'UNKNOWN_TABLE' | 'UNKNOWN_MODEL', noun: string) {
    this.#code = code;
    this.#noun = noun;
  }

  find(name: QualifiedName): T | undefined {
    const key = keyOf(name);
    return this.#temporary.get(key) ?? this.#permanent.get(key);
  }

  get(name: QualifiedName, span: Span): T {
    const found = this.find(name);
    if (found) return found;
    const suggestion = nearest(
      name.object,
      this.all().map(object => object.name.object),
    );
    throw new MillraceError({
      code: this.#code,
      message: `there is no ${this.#noun} "${shortName(name)}"`,
      span,
      notes: suggestion === undefined ? [] : [{ message: `did you mean "${suggestion}"?` }],
    });
  }

  add(object: T, span: Span): void {
    const objects = object.temporary ? this.#temporary : this.#permanent;
    const key = keyOf(object.name);
    if (objects.has(key)) {
      throw new MillraceError({ code: 'ALREADY_EXISTS', message: `there is already a ${this.#noun} "${object.name.object}"`, span });
    }
    objects.set(key, object);
  }

  replace(object: T): void {
    (object.temporary ? this.#temporary : this.#permanent).set(keyOf(object.name), object);
  }

  remove(name: QualifiedName): void {
    const key = keyOf(name);
    if (!this.#temporary.delete(key)) this.#permanent.delete(key);
  }

  all(): T[] {
    const merged = new Map([...this.#permanent, ...this.#temporary]);
    return [...merged.keys()].toSorted().map(key => merged.get(key)!);
  }
}

/** In the order of the names. A part may hold dots, so they cannot stand between the parts. */
function keyOf({ catalog, database, object }: QualifiedName): string {
  return [catalog, database, object].join('\0');
}
