import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '../../../common/error.js';
import { evaluateJsonPath } from './evaluate-json-path.js';
import { parseJson } from './parse-json.js';
import { parseJsonPath, parseModePath } from './parse-json-path.js';
import { PathNotFound } from './path-not-found.js';
import { writeJson } from './write-json.js';

const STORE = `{
  "store": {
    "book": [
      {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
      {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99},
      {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99}
    ],
    "bicycle": {"color": "red", "price": 19.95}
  },
  "expensive": 10,
  "tags": ["a", "b", "c", "d"],
  "none": null,
  "a b": {"c.d": 1, "it's": 2}
}`;

function follow(path: string, json = STORE): string {
  try {
    return writeJson(evaluateJsonPath(parseJsonPath(path), parseJson(json)!));
  } catch (thrown) {
    if (thrown instanceof PathNotFound) return 'not found';
    throw thrown;
  }
}

function check(cases: readonly (readonly [path: string, result: string])[]): void {
  for (const [path, result] of cases) assert.equal(follow(path), result, path);
}

test('a definite path leads to one value', () => {
  check([
    ['$.expensive', '10'],
    ['expensive', '10'],
    ['store.bicycle.color', '"red"'],
    ['$.store.book[0].title', '"Sayings"'],
    ['$.store.book[-1].title', '"Moby Dick"'],
    ['$["store"]["bicycle"][\'color\']', '"red"'],
    ["$.['a b']['c.d']", '1'],
    ["$['a b']['it\\'s']", '2'],
    ['$.none', 'null'],
    ["$.store.bicycle['color', 'price', 'size']", '{"color":"red","price":19.95}'],
    ['$.tags.length()', '4'],
    ['$.store.bicycle.keys()', '["color","price"]'],
    ['$..price.sum()', '50.879999999999995'],
    ['$.store.book[*].price.max()', '12.99'],
    ['$.tags.last()', '"d"'],
  ]);
});

test('a definite path that leads nowhere is an error', () => {
  check([
    ['$.missing', 'not found'],
    ['$.missing.more', 'not found'],
    ['$.expensive.more', 'not found'],
    ['$.tags[4]', 'not found'],
    ['$.tags[-5]', 'not found'],
    ['$.store[0]', 'not found'],
    ['$.none.more', 'not found'],
    ['$.missing[*]', 'not found'],
    ['$.expensive.length()', 'not found'],
    ['$.tags.sum()', 'not found'],
  ]);
});

test('a path that branches gives an array, and leaves out branches that lead nowhere', () => {
  check([
    ['$.tags[*]', '["a","b","c","d"]'],
    ['$.tags[0, 2, 9]', '["a","c"]'],
    ['$.tags[1:3]', '["b","c"]'],
    ['$.tags[:2]', '["a","b"]'],
    ['$.tags[-2:]', '["c","d"]'],
    ['$.tags[3:1]', '[]'],
    ['$.store.book[*].isbn', '["0-553-21311-3"]'],
    ['$.store.*.color', '["red"]'],
    ['$.store.bicycle.*', '["red",19.95]'],
    ['$..color', '["red"]'],
    ['$..book[0].title', '["Sayings"]'],
    ['$..missing', '[]'],
    ['$.expensive.*', '[]'],
  ]);
});

test('filters test elements and objects', () => {
  check([
    ['$.store.book[?(@.isbn)].title', '["Moby Dick"]'],
    ['$.store.book[?(!@.isbn)].title', '["Sayings","Sword"]'],
    ['$.store.book[?(@.price < $.expensive)].title', '["Sayings","Moby Dick"]'],
    ["$.store.book[?(@.category == 'fiction' && @.price > 10)].title", '["Sword"]'],
    ["$.store.book[?((@.category == 'reference' || @.price > 10) && @.title != 'Sword')].title", '["Sayings"]'],
    ['$.store.book[?(@.author =~ /.*melville/i)].title', '["Moby Dick"]'],
    ["$.store.book[?(@.category in ['reference', 'poetry'])].title", '["Sayings"]'],
    ["$.store.book[?(@.category nin ['reference'])].title", '["Sword","Moby Dick"]'],
    ["$.store.book[?(@.title contains 'Dick')].title", '["Moby Dick"]'],
    ['$.store.book[?(@.title size 5)].title', '["Sword"]'],
    ["$.tags[?(@ >= 'c')]", '["c","d"]'],
    ['$..[?(@.price > 19)].color', '["red"]'],
    ["$.store.book[?(@.price === '8.95')].title", '[]'],
    ["$.store.book[?(@.price == '8.95')].title", '["Sayings"]'],
    ['$.store.book[?(@.isbn == null)].title', '[]'],
    ['$.store.bicycle[?(@.color empty false)]', '[{"color":"red","price":19.95}]'],
  ]);
});

test('what is no path is refused with its reason', () => {
  for (const [path, reason] of [
    ['$.', 'it must not end with a point'],
    ['$..', 'it must not end with a point'],
    ['$.a[', 'names in brackets stand in quotes'],
    ['$[a]', 'names in brackets stand in quotes'],
    ["$['a]", 'a quote is not closed'],
    ['$.a[0', '"]" is missing at its end'],
    ['$.a.foo()', 'there is no function foo(); there are length, size, keys, first, last, min, max, sum, avg, stddev'],
    ['$.a.length().b', 'a function must be its last step'],
    ['$a', '"a" does not start a step'],
    ['$.a[?(@.b ==)]', '")" is not a value'],
    ['$.a[?(1)]', 'a filter compares values, or tests whether a path exists'],
    ['$.a[:]', 'a slice needs a start or an end'],
  ] as const) {
    assert.throws(
      () => parseJsonPath(path),
      (thrown: MillraceError) => {
        assert.equal(thrown.code, 'INVALID_ARGUMENT');
        assert.equal(thrown.message, `"${path}" is not a JSON path: ${reason}`);
        return true;
      },
    );
  }
});

test('a mode stands before the path', () => {
  assert.equal(parseModePath('$.a').mode, 'strict');
  assert.equal(parseModePath(' LAX  $.a').mode, 'lax');
  assert.equal(parseModePath('lax').mode, 'strict');
  assert.equal(writeJson(evaluateJsonPath(parseModePath('lax').path, { lax: 1 })), '1');
});
