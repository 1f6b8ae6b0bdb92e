import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MillraceError } from '../common/error.js';
import type { Span } from '../common/span.js';
import { parseExpression, parseQuery, parseScript, parseStatement } from './parser.js';
import { STATEMENTS } from './statements.fixture.js';
import { withoutSpans } from './without-spans.fixture.js';

/** Every object of a tree that has a kind, with the kinds above it. */
function* nodesOf(tree: unknown, above: readonly string[] = []): Generator<{ node: object; kind: string; above: readonly string[] }> {
  if (typeof tree !== 'object' || tree === null) return;
  const kind = 'kind' in tree && typeof tree.kind === 'string' ? tree.kind : undefined;
  if (kind !== undefined) yield { node: tree, kind, above };
  for (const child of Object.values(tree)) yield* nodesOf(child, kind === undefined ? above : [...above, kind]);
}

function sliceOf(text: string, node: { readonly span?: Span }): string {
  return node.span === undefined ? '' : text.slice(node.span.start, node.span.end);
}

const READABLE_ALONE = new Set([
  'column',
  'string',
  'number',
  'boolean',
  'null',
  'temporal',
  'interval',
  'binary-literal',
  'unary',
  'binary',
  'is',
  'between',
  'in',
  'like',
  'case',
  'cast',
  'call',
  'element',
  'field',
  'array',
  'map',
  'row',
  'subquery',
  'exists',
]);

describe('spans', () => {
  it('of expressions hold exactly their text', () => {
    let count = 0;
    for (const text of STATEMENTS) {
      for (const { node, kind, above } of nodesOf(parseStatement(text))) {
        const slice = sliceOf(text, node);
        // Units and sides of calls with a syntax of their own are words in the text; the 1 of FETCH NEXT ROW is not written.
        const isImplied = (kind === 'string' && (!slice.includes("'") || ('value' in node && node.value === 'BOTH'))) || slice === 'FETCH';
        if (!READABLE_ALONE.has(kind) || isImplied || above.at(-1) === 'function-table') continue;
        assert.deepEqual(withoutSpans(parseExpression(slice)), withoutSpans(node), slice);
        count++;
      }
    }
    assert.ok(count > 1_000, `${count} expressions`);
  });

  it('of names and statements hold exactly their text', () => {
    for (const text of STATEMENTS) {
      const statement = parseStatement(text);
      assert.deepEqual(withoutSpans(parseStatement(sliceOf(text, statement))), withoutSpans(statement));
      for (const { node, kind } of nodesOf(statement)) {
        if (kind !== 'identifier') continue;
        const name = sliceOf(text, node).replace(/^`|`$/g, '').replaceAll('``', '`');
        assert.equal(name.toUpperCase(), ('name' in node ? String(node.name) : '').toUpperCase());
      }
    }
  });

  it('of operands in brackets leave out the brackets, those of what holds them do not', () => {
    const text = '(a + b) * (c)';
    const product = parseExpression(text);
    assert.ok(product.kind === 'binary');
    assert.equal(sliceOf(text, product), '(a + b) * (c)');
    assert.equal(sliceOf(text, product.left), 'a + b');
    assert.equal(sliceOf(text, product.right), 'c');
  });
});

describe('parseScript', () => {
  it('returns the statements in order, and nothing for empty ones', () => {
    const { script, errors } = parseScript(
      `;;SELECT 1; -- first\n;\nSELECT 2;\nEXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END;\nSELECT 3`,
    );
    assert.deepEqual(
      script.statements.map(statement => statement.kind),
      ['query-statement', 'query-statement', 'statement-set', 'query-statement'],
    );
    assert.deepEqual(errors, []);
  });

  it('reads an empty text, and one of comments', () => {
    assert.deepEqual(parseScript('  '), { script: { statements: [] }, errors: [], failed: [] });
    assert.deepEqual(parseScript('-- nothing\n/* here */'), { script: { statements: [] }, errors: [], failed: [] });
  });

  it('goes on behind an error, and reports each', () => {
    const { script, errors } = parseScript(`SELECT a FORM t; CREATE TABEL t; SELECT 1; SELECT 'x; SELECT 2`);
    assert.deepEqual(script.statements.length, 1);
    assert.deepEqual(
      errors.map(error => error.code),
      ['SYNTAX', 'SYNTAX', 'UNTERMINATED'],
    );
  });

  it('reads the rest of a statement set behind an error in it, and leaves the set out', () => {
    const { script, errors } = parseScript(
      'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELEC 1; INSERT INTO b SELECT 2; INSERT INTO c SELECT; END; SELECT 3',
    );
    assert.deepEqual(
      script.statements.map(statement => statement.kind),
      ['query-statement'],
    );
    assert.equal(errors.length, 2);
  });

  it('keeps both statements where only the separator is missing', () => {
    const { script, errors } = parseScript(`CREATE TABLE t (a INT) WITH ('connector' = 'print')\nINSERT INTO t SELECT 1`);
    assert.deepEqual(
      script.statements.map(statement => statement.kind),
      ['create-table', 'insert'],
    );
    assert.deepEqual(
      errors.map(error => error.message),
      ['";" is missing before "INSERT"'],
    );
  });
});

describe('parseStatement, parseQuery and parseExpression', () => {
  it('throw the first error', () => {
    const isSyntax = (thrown: unknown): boolean => MillraceError.is(thrown) && thrown.code === 'SYNTAX' && thrown.span !== undefined;
    assert.throws(() => parseStatement('SELECT 1; SELECT 2'), isSyntax);
    assert.throws(() => parseStatement(''), isSyntax);
    assert.throws(() => parseStatement('EXECUTE STATEMENT SET BEGIN INSERT INTO a SELEC 1; END'), isSyntax);
    assert.throws(() => parseQuery('INSERT INTO t SELECT 1'), isSyntax);
    assert.throws(() => parseQuery('SELECT 1;'), isSyntax);
    assert.throws(() => parseExpression('a b'), isSyntax);
    assert.throws(() => parseExpression(''), isSyntax);
  });

  it('never repeat a string, which may be a secret', () => {
    const { errors } = parseScript(
      `CREATE MODEL m WITH ('api-key' 'sk-secret'); SET openai.key = 'sk-secret'; CREATE MODEL m WITH ('api-key' = 'a' 'sk-secret')`,
    );
    assert.equal(errors.length, 3);
    for (const error of errors) assert.doesNotMatch(error.message + error.notes.map(note => note.message).join(), /sk-secret/);
  });
});

describe('the forms of models', () => {
  function argumentKinds(text: string): string[] {
    const { body } = parseQuery(text);
    assert.ok(body.kind === 'select' && body.from?.kind === 'function-table');
    return body.from.call.arguments.map(({ name, value }) => (name ? `${name.name}: ${value.kind}` : value.kind));
  }

  it('take tables, models and descriptors as arguments of table functions', () => {
    assert.deepEqual(argumentKinds("SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a), MAP['k', 'v'])"), [
      'table-argument',
      'model-argument',
      'descriptor',
      'map',
    ]);
    assert.deepEqual(
      argumentKinds('SELECT * FROM TABLE(ML_PREDICT(INPUT => TABLE t, MODEL => MODEL m, ARGS => DESCRIPTOR(a), CONFIG => DEFAULT))'),
      ['INPUT: table-argument', 'MODEL: model-argument', 'ARGS: descriptor', 'CONFIG: default-argument'],
    );
    assert.deepEqual(argumentKinds('SELECT * FROM ML_PREDICT((SELECT a FROM t), MODEL m, DESCRIPTOR(a))'), [
      'table-argument',
      'model-argument',
      'descriptor',
    ]);
    assert.deepEqual(argumentKinds("SELECT * FROM VECTOR_SEARCH(TABLE items, 'embedding', e.v, TOP_K => 5)"), [
      'table-argument',
      'string',
      'column',
      'TOP_K: number',
    ]);
    assert.deepEqual(argumentKinds("SELECT * FROM ML_PREDICT('llm', text)"), ['string', 'column']);
  });

  it('take VALUES up to the next argument', () => {
    const { body } = parseQuery('SELECT * FROM ML_PREDICT(VALUES (a, b), (c, d), MODEL m, DESCRIPTOR(x, y))');
    assert.ok(body.kind === 'select' && body.from?.kind === 'function-table');
    const table = body.from.call.arguments[0]!.value;
    assert.ok(table.kind === 'table-argument' && table.table.kind === 'query' && table.table.body.kind === 'values');
    assert.equal(table.table.body.rows.length, 2);
  });

  it('take a query in brackets as a value in scalar calls', () => {
    const call = parseExpression('f((SELECT 1), MODEL m)');
    assert.ok(call.kind === 'call');
    assert.deepEqual(
      call.arguments.map(argument => argument.value.kind),
      ['subquery', 'model-argument'],
    );
  });

  it('leave MODEL, INPUT and DESCRIPTOR as names where they are', () => {
    const call = parseExpression('f(model, input.output, descriptor)');
    assert.ok(call.kind === 'call');
    assert.deepEqual(
      call.arguments.map(argument => argument.value.kind),
      ['column', 'column', 'column'],
    );
  });

  it('make what stands after APPLY lateral', () => {
    const { body } = parseQuery(
      'SELECT * FROM t CROSS APPLY (SELECT 1) p OUTER APPLY TABLE(f(t.x)) q JOIN LATERAL TABLE(g(t.y)) ON TRUE JOIN (SELECT 2) r ON TRUE',
    );
    assert.ok(body.kind === 'select' && body.from);
    const laterals = [...nodesOf(body.from)].flatMap(({ node }) => ('lateral' in node ? [node.lateral] : []));
    assert.deepEqual(laterals, [true, true, true, false]);
  });

  it('read the WITH clause on either side of INSERT', () => {
    const first = parseStatement('WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c');
    const second = parseStatement('INSERT INTO t WITH c AS (SELECT 1) SELECT * FROM c');
    assert.ok(first.kind === 'insert' && second.kind === 'insert');
    assert.deepEqual([first.withFirst, second.withFirst], [true, false]);
    assert.deepEqual(withoutSpans(first.query), withoutSpans(second.query));
  });
});

describe('limits', () => {
  const nested: Readonly<Record<string, (depth: number) => string>> = {
    brackets: depth => `SELECT ${'('.repeat(depth)}1${')'.repeat(depth)}`,
    calls: depth => `SELECT ${'f('.repeat(depth)}1${')'.repeat(depth)}`,
    subqueries: depth => `SELECT ${'(SELECT '.repeat(depth)}1${')'.repeat(depth)}`,
    'tables in brackets': depth => `SELECT * FROM ${'('.repeat(depth)}a JOIN b ON TRUE${')'.repeat(depth)}`,
    'derived tables': depth => `SELECT * FROM ${'(SELECT * FROM '.repeat(depth)}t${')'.repeat(depth)}`,
    applies: depth => `SELECT * FROM ${'t CROSS APPLY (SELECT * FROM '.repeat(depth)}t${')'.repeat(depth)}`,
    cases: depth => `SELECT ${'CASE WHEN '.repeat(depth)}a${' THEN b END'.repeat(depth)}`,
    signs: depth => `SELECT ${'- '.repeat(depth)}1`,
    negations: depth => `SELECT ${'NOT '.repeat(depth)}a`,
    types: depth => `SELECT CAST(a AS ${'ARRAY<'.repeat(depth)}INT${'>'.repeat(depth)})`,
    queries: depth => `${'('.repeat(depth)}SELECT 1${')'.repeat(depth)}`,
  };
  for (const [name, make] of Object.entries(nested)) {
    it(`reads 90 nested ${name}, and refuses more than 200`, () => {
      assert.doesNotThrow(() => parseStatement(make(90)));
      for (const depth of [250, 100_000]) {
        const { errors } = parseScript(make(depth));
        assert.deepEqual(
          errors.map(error => error.message),
          ['the text nests more than 200 levels deep'],
        );
      }
    });
  }

  const chained: Readonly<Record<string, (length: number) => string>> = {
    operators: length => `SELECT 1${' + 1'.repeat(length)}`,
    accesses: length => `SELECT a${'[1]'.repeat(length)}`,
    joins: length => `SELECT * FROM a${' JOIN b ON TRUE'.repeat(length)}`,
    'tables in FROM': length => `SELECT * FROM a${', b'.repeat(length)}`,
    unions: length => `SELECT 1${' UNION ALL SELECT 1'.repeat(length)}`,
  };
  for (const [name, make] of Object.entries(chained)) {
    it(`reads a chain of 1,000 ${name}, and refuses a longer one`, () => {
      assert.doesNotThrow(() => parseStatement(make(1_000)));
      assert.throws(() => parseStatement(make(1_100)), /more than 1000 operators stand in one row/);
    });
  }
});
