import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRING } from '../spec/data-type.js';
import type { ObjectName } from '../sql/ast/identifier.js';
import { Catalog } from './catalog.js';
import { DEFAULT_NAMESPACE } from './namespaces.js';
import type { DatabaseObject, ModelObject, QualifiedName, ViewObject } from './objects.js';

const SPAN = { start: 3, end: 7 };

function written(...parts: string[]): ObjectName {
  return { kind: 'object-name', parts: parts.map(name => ({ kind: 'identifier', name, span: SPAN })), span: SPAN };
}

function named(object: string, database = 'default_database', catalog = 'default_catalog'): QualifiedName {
  return { catalog, database, object };
}

function view(name: QualifiedName, { temporary = false, comment = undefined as string | undefined } = {}): ViewObject {
  return {
    kind: 'view',
    name,
    temporary,
    columns: [{ name: 'x', type: STRING }],
    query: {} as ViewObject['query'],
    comment,
    namespace: DEFAULT_NAMESPACE,
  };
}

function model(name: QualifiedName): ModelObject {
  return { kind: 'model', name, temporary: false, inputs: [], outputs: [], options: new Map(), comment: undefined };
}

function database(name: string): DatabaseObject {
  return { kind: 'database', catalog: 'default_catalog', name, options: new Map(), comment: undefined };
}

test('a name of one to three parts is completed', () => {
  const catalog = new Catalog();
  assert.deepEqual(catalog.qualify(written('t')), named('t'));
  assert.deepEqual(catalog.qualify(written('d', 't')), named('t', 'd'));
  assert.deepEqual(catalog.qualify(written('c', 'd', 't')), named('t', 'd', 'c'));
  assert.throws(() => catalog.qualify(written('a', 'b', 'c', 'd')), { code: 'SYNTAX', span: SPAN });
});

test('what was added is found by its full name, and only there', () => {
  const catalog = new Catalog();
  const added = view(named('t', 'd'));
  catalog.namespaces.putDatabase(database('d'));
  catalog.addRelation(added, SPAN);
  assert.equal(catalog.relation(written('d', 't')), added);
  assert.equal(catalog.findRelation(named('t')), undefined);
  assert.throws(() => catalog.relation(written('T')), { code: 'UNKNOWN_TABLE', span: SPAN });
});

test('a name with a dot is another than a name of two parts', () => {
  const catalog = new Catalog();
  catalog.addRelation(view(named('a.b')), SPAN);
  catalog.namespaces.putDatabase(database('default_database.a'));
  assert.equal(catalog.findRelation(named('b', 'default_database.a')), undefined);
  catalog.addRelation(view(named('b', 'default_database.a')), SPAN);
  assert.equal(catalog.relations().length, 2);
});

test('an unknown name comes with the nearest one', () => {
  const catalog = new Catalog();
  catalog.addRelation(view(named('orders')), SPAN);
  catalog.addModel(model(named('sentiment')), SPAN);
  assert.throws(() => catalog.relation(written('oders')), { code: 'UNKNOWN_TABLE', notes: [{ message: 'did you mean "orders"?' }] });
  assert.throws(() => catalog.model(written('sentimnt')), { code: 'UNKNOWN_MODEL', notes: [{ message: 'did you mean "sentiment"?' }] });
  assert.throws(() => catalog.model(written('xyz')), { code: 'UNKNOWN_MODEL', notes: [] });
});

test('tables and views share their names, models have their own', () => {
  const catalog = new Catalog();
  catalog.addRelation(view(named('x')), SPAN);
  catalog.addModel(model(named('x')), SPAN);
  assert.throws(() => catalog.addRelation(view(named('x')), SPAN), { code: 'ALREADY_EXISTS', span: SPAN });
  assert.throws(() => catalog.addModel(model(named('x')), SPAN), { code: 'ALREADY_EXISTS' });
});

test('a temporary object hides the other of its name until it is dropped', () => {
  const catalog = new Catalog();
  const [permanent, temporary] = [view(named('x')), view(named('x'), { temporary: true })];
  catalog.addRelation(permanent, SPAN);
  catalog.addRelation(temporary, SPAN);
  assert.equal(catalog.relation(written('x')), temporary);
  assert.deepEqual(catalog.relations(), [temporary]);
  catalog.dropRelation(named('x'));
  assert.equal(catalog.relation(written('x')), permanent);
  catalog.dropRelation(named('x'));
  assert.equal(catalog.findRelation(named('x')), undefined);
});

test('a replacement takes the place of the object of its lifetime', () => {
  const catalog = new Catalog();
  catalog.addRelation(view(named('x')), SPAN);
  const changed = view(named('x'), { comment: 'new' });
  catalog.replaceRelation(changed);
  assert.equal(catalog.relation(written('x')), changed);
  catalog.addModel(model(named('m')), SPAN);
  const other = { ...model(named('m')), comment: 'new' };
  catalog.replaceModel(other);
  assert.equal(catalog.model(written('m')), other);
  catalog.dropModel(named('m'));
  assert.equal(catalog.findModel(named('m')), undefined);
});

test('objects are listed in the order of their names', () => {
  const catalog = new Catalog();
  for (const name of ['b', 'a', 'c']) {
    catalog.addRelation(view(named(name)), SPAN);
    catalog.addModel(model(named(name)), SPAN);
  }
  assert.deepEqual(
    catalog.relations().map(each => each.name.object),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    catalog.models().map(each => each.name.object),
    ['a', 'b', 'c'],
  );
});

test('a short name is looked up in the current database, and within another one', () => {
  const catalog = new Catalog();
  catalog.namespaces.putDatabase(database('d'));
  const [here, there] = [view(named('x')), view(named('x', 'd'))];
  catalog.addRelation(here, SPAN);
  catalog.addRelation(there, SPAN);
  const inner = catalog.within({ catalog: 'default_catalog', database: 'd' });
  assert.equal(inner.relation(written('x')), there);
  assert.equal(catalog.relation(written('x')), here);
  catalog.use({ catalog: 'default_catalog', database: 'd' });
  assert.equal(catalog.relation(written('x')), there);
});

test('a permanent object needs its database, a temporary one does not', () => {
  const catalog = new Catalog();
  assert.throws(() => catalog.addRelation(view(named('x', 'd')), SPAN), { code: 'UNKNOWN_DATABASE', span: SPAN });
  assert.throws(() => catalog.addModel(model(named('m', 'd', 'c')), SPAN), { code: 'UNKNOWN_CATALOG', span: SPAN });
  catalog.addRelation(view(named('x', 'd'), { temporary: true }), SPAN);
  assert.throws(() => catalog.relation(written('d', 'y')), { code: 'UNKNOWN_DATABASE', span: SPAN });
});

test('an unknown name comes with one of its name in another database', () => {
  const catalog = new Catalog();
  catalog.namespaces.putDatabase(database('d'));
  catalog.addRelation(view(named('orders', 'd')), SPAN);
  assert.throws(() => catalog.relation(written('orders')), { notes: [{ message: 'did you mean "d.orders"?' }] });
});

test('a database goes with what is permanent in it', () => {
  const catalog = new Catalog();
  catalog.namespaces.putDatabase(database('d'));
  const temporary = view(named('t', 'd'), { temporary: true });
  for (const each of [view(named('x', 'd')), temporary]) catalog.addRelation(each, SPAN);
  catalog.addModel(model(named('m', 'd')), SPAN);
  assert.equal(catalog.objectsIn({ catalog: 'default_catalog', database: 'd' }).length, 2);
  catalog.dropDatabase({ catalog: 'default_catalog', database: 'd' });
  assert.deepEqual(catalog.relations(), [temporary]);
  assert.deepEqual(catalog.models(), []);
  catalog.dropCatalog('default_catalog');
  assert.deepEqual(catalog.namespaces.catalogs(), []);
});
