import { MillraceError } from '../common/error.js';
import type { Span } from '../common/span.js';
import type { ObjectName } from '../sql/ast/identifier.js';
import type { FunctionObject } from './function-object.js';
import { DEFAULT_NAMESPACE, Namespaces } from './namespaces.js';
import { ObjectMap, type NamedObject } from './object-map.js';
import type { ModelObject, Namespace, QualifiedName, RelationObject } from './objects.js';

/** Everything that was created, whatever the current database is. */
class Objects {
  readonly namespaces = new Namespaces();
  readonly relations = new ObjectMap<RelationObject>({ code: 'UNKNOWN_TABLE', noun: 'table or view' });
  readonly models = new ObjectMap<ModelObject>({ code: 'UNKNOWN_MODEL', noun: 'model' });
  readonly functions = new ObjectMap<FunctionObject>({ code: 'UNKNOWN_FUNCTION', noun: 'function' });
  /** By name in lower case. */
  readonly systemFunctions = new Map<string, FunctionObject>();
}

/**
 * What names mean in one session. Names are case-sensitive; temporary objects hide others of the same name.
 *
 * As in Flink, a permanent object needs its database, a temporary one stands where it says without one.
 */
export class Catalog {
  readonly #objects: Objects;
  #current: Namespace;

  constructor(objects = new Objects(), current = DEFAULT_NAMESPACE) {
    this.#objects = objects;
    this.#current = current;
  }

  /** Where names of one part are looked up. */
  get current(): Namespace {
    return this.#current;
  }

  get namespaces(): Namespaces {
    return this.#objects.namespaces;
  }

  /** The same objects, with short names looked up in another database: the query of a view means what it meant when it was made. */
  within(namespace: Namespace): Catalog {
    return new Catalog(this.#objects, namespace);
  }

  /** Makes a database, which exists, the current one. */
  use(namespace: Namespace): void {
    this.#current = namespace;
  }

  /** The full form of a name of one to three parts. */
  qualify(name: ObjectName): QualifiedName {
    const parts = name.parts.map(part => part.name);
    if (parts.length > 3) throw tooManyParts('a name', 3, name);
    const [object, ...rest] = parts.toReversed();
    return { ...this.#namespace(rest), object: object! };
  }

  /** The database that a name of one or two parts means. */
  qualifyDatabase(name: ObjectName): Namespace {
    if (name.parts.length > 2) throw tooManyParts("a database's name", 2, name);
    return this.#namespace(name.parts.map(part => part.name).toReversed());
  }

  /** @param parts the database, then its catalog. */
  #namespace([database = this.#current.database, catalog = this.#current.catalog]: readonly string[]): Namespace {
    return { catalog, database };
  }

  /** @throws {MillraceError} `UNKNOWN_TABLE`, `UNKNOWN_DATABASE` or `UNKNOWN_CATALOG` at the name. */
  relation(name: ObjectName): RelationObject {
    return this.#get(this.#objects.relations, name);
  }

  /** @throws {MillraceError} `UNKNOWN_MODEL`, `UNKNOWN_DATABASE` or `UNKNOWN_CATALOG` at the name. */
  model(name: ObjectName): ModelObject {
    return this.#get(this.#objects.models, name);
  }

  findRelation(name: QualifiedName): RelationObject | undefined {
    return this.#objects.relations.find(name);
  }

  findModel(name: QualifiedName): ModelObject | undefined {
    return this.#objects.models.find(name);
  }

  /**
   * @throws {MillraceError} `ALREADY_EXISTS` at `span` when the name is taken by an object of the same lifetime,
   * `UNKNOWN_DATABASE` or `UNKNOWN_CATALOG` when a permanent object has no place.
   */
  addRelation(relation: RelationObject, span: Span): void {
    this.checkPlace(relation, span);
    this.#objects.relations.add(relation, span);
  }

  /** @throws {MillraceError} as `addRelation`. */
  addModel(model: ModelObject, span: Span): void {
    this.checkPlace(model, span);
    this.#objects.models.add(model, span);
  }

  /** Puts an object in the place of the one of its name and lifetime; there need not be one, but the database must exist. */
  replaceRelation(relation: RelationObject): void {
    this.#objects.relations.replace(relation);
  }

  replaceModel(model: ModelObject): void {
    this.#objects.models.replace(model);
  }

  /** The relation of this name and lifetime, whatever hides it. */
  findRelationOf(named: NamedObject): RelationObject | undefined {
    return this.#objects.relations.findOf(named);
  }

  /** Removes the relation of this name and lifetime. */
  removeRelation(named: NamedObject): void {
    this.#objects.relations.removeObject(named);
  }

  dropRelation(name: QualifiedName): void {
    this.#objects.relations.remove(name);
  }

  dropModel(name: QualifiedName): void {
    this.#objects.models.remove(name);
  }

  /** The function of a catalog that a name means, temporary ones first; `undefined` where there is none. */
  findFunction(name: ObjectName): FunctionObject | undefined {
    return this.#objects.functions.find(this.qualifyFunction(name));
  }

  /** @param name in any case. */
  findSystemFunction(name: string): FunctionObject | undefined {
    return this.#objects.systemFunctions.get(name.toLowerCase());
  }

  /** As `qualify`, with the last part in lower case: names of functions are not case-sensitive. */
  qualifyFunction(name: ObjectName): QualifiedName {
    const qualified = this.qualify(name);
    return { ...qualified, object: qualified.object.toLowerCase() };
  }

  /** @throws {MillraceError} as `addRelation`. */
  addFunction(added: FunctionObject, span: Span): void {
    const { functions, systemFunctions } = this.#objects;
    if (!added.system) {
      this.checkPlace(added, span);
      functions.add(added, span);
      return;
    }
    const name = added.name.object;
    if (systemFunctions.has(name))
      throw new MillraceError({ code: 'ALREADY_EXISTS', message: `there is already a system function "${name}"`, span });
    systemFunctions.set(name, added);
  }

  replaceFunction(changed: FunctionObject): void {
    this.#objects.functions.replace(changed);
  }

  dropFunction({ name, system }: FunctionObject): void {
    if (system) this.#objects.systemFunctions.delete(name.object);
    else this.#objects.functions.remove(name);
  }

  /** Functions of catalogs, in order of their names. */
  functions(): FunctionObject[] {
    return this.#objects.functions.all();
  }

  systemFunctions(): FunctionObject[] {
    return [...this.#objects.systemFunctions.values()];
  }

  /** In order of their names. */
  relations(): RelationObject[] {
    return this.#objects.relations.all();
  }

  /** In order of their names. */
  models(): ModelObject[] {
    return this.#objects.models.all();
  }

  /** The permanent objects of a database. */
  objectsIn(namespace: Namespace): readonly { readonly kind: string; readonly name: QualifiedName }[] {
    const { relations, models, functions } = this.#objects;
    return [...relations.permanentIn(namespace), ...models.permanentIn(namespace), ...functions.permanentIn(namespace)];
  }

  /** Removes a database with its permanent objects. Temporary ones stay, as in Flink. */
  dropDatabase(namespace: Namespace): void {
    const { relations, models, functions, namespaces } = this.#objects;
    for (const objects of [relations, models, functions]) objects.removeAllIn(namespace);
    namespaces.removeDatabase(namespace);
  }

  /** Removes a catalog with its databases and their permanent objects. */
  dropCatalog(name: string): void {
    for (const database of this.namespaces.databases(name)) this.dropDatabase({ catalog: name, database: database.name });
    this.namespaces.removeCatalog(name);
  }

  /** @throws {MillraceError} `UNKNOWN_DATABASE` or `UNKNOWN_CATALOG` at `span` for a permanent object of a database that nobody created. */
  checkPlace({ name, temporary }: NamedObject, span: Span): void {
    if (!temporary) this.namespaces.database(name, span);
  }

  #get<T extends RelationObject | ModelObject>(objects: ObjectMap<T>, name: ObjectName): T {
    const qualified = this.qualify(name);
    const found = objects.find(qualified);
    if (found) return found;
    this.namespaces.database(qualified, name.span);
    throw objects.unknown(qualified, each => this.#shortName(each), name.span);
  }

  /** The name without the parts that go without saying. */
  #shortName({ catalog, database, object }: QualifiedName): string {
    if (catalog !== this.#current.catalog) return `${catalog}.${database}.${object}`;
    return database === this.#current.database ? object : `${database}.${object}`;
  }
}

function tooManyParts(what: string, most: number, { parts, span }: ObjectName): MillraceError {
  const text = parts.map(part => part.name).join('.');
  return new MillraceError({
    code: 'SYNTAX',
    message: `${what} has at most ${most === 3 ? 'three' : 'two'} parts, "${text}" has ${parts.length}`,
    span,
  });
}
