import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lex } from './lexer.js';
import { parseExpression, parseStatement } from './parser.js';
import { SPECIAL_CALLS } from './parser/special-call.js';
import { printExpression, printStatement, printType } from './printer.js';
import { STATEMENTS } from './statements.fixture.js';
import { withoutSpans } from './without-spans.fixture.js';

describe('printStatement', () => {
  for (const statement of STATEMENTS) {
    it(`gives the same tree again: ${statement.replace(/\s+/g, ' ').slice(0, 90)}`, () => {
      const tree = parseStatement(statement);
      const printed = printStatement(tree);
      const again = parseStatement(printed);
      assert.deepEqual(withoutSpans(again), withoutSpans(tree), printed);
      assert.equal(printStatement(again), printed);
    });
  }

  const layouts = {
    'clauses on lines of their own': [
      'select distinct a, b+1 as c from t u where x>1 and y is null group by a,b having count(*)>1 order by a desc limit 5 offset 2',
      `SELECT DISTINCT a, b + 1 AS c
FROM t AS u
WHERE x > 1 AND y IS NULL
GROUP BY a, b
HAVING COUNT(*) > 1
ORDER BY a DESC
LIMIT 5
OFFSET 2`,
    ],
    'long lists one item a line': [
      `SELECT customer_id, TUMBLE_START(event_time, INTERVAL '1' HOUR) AS window_start, predicted.churn_probability FROM predictions`,
      `SELECT
  customer_id,
  TUMBLE_START(event_time, INTERVAL '1' HOUR) AS window_start,
  predicted.churn_probability
FROM predictions`,
    ],
    'queries within queries': [
      `INSERT INTO s SELECT e.a, p.score FROM events e JOIN dim FOR SYSTEM_TIME AS OF e.proc AS d ON e.id = d.id, x CROSS APPLY (SELECT * FROM TABLE(ML_PREDICT(VALUES (e.a), MODEL m, DESCRIPTOR(a)))) p WHERE e.a IN (SELECT a FROM u)`,
      `INSERT INTO s
SELECT e.a, p.score
FROM events AS e
JOIN dim FOR SYSTEM_TIME AS OF e.proc AS d ON e.id = d.id,
  x
  CROSS APPLY (
    SELECT *
    FROM TABLE(ML_PREDICT(VALUES (e.a), MODEL m, DESCRIPTOR(a)))
  ) AS p
WHERE e.a IN (
  SELECT a
  FROM u
)`,
    ],
    definitions: [
      `CREATE TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECONDS) COMMENT 'x' PARTITIONED BY (id) WITH ('connector'='kafka','topic'='t')`,
      `CREATE TABLE IF NOT EXISTS t (
  id BIGINT PRIMARY KEY NOT ENFORCED,
  ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
)
COMMENT 'x'
PARTITIONED BY (id)
WITH (
  'connector' = 'kafka',
  'topic' = 't'
)`,
    ],
    models: [
      `CREATE MODEL m INPUT(a STRING) OUTPUT(b STRING,error STRING METADATA FROM 'error-string') WITH('provider'='openai')`,
      `CREATE MODEL m
INPUT (a STRING)
OUTPUT (b STRING, error STRING METADATA FROM 'error-string')
WITH (
  'provider' = 'openai'
)`,
    ],
    'statement sets': [
      `EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; WITH x AS (SELECT 2) INSERT INTO b SELECT * FROM x; END`,
      `EXECUTE STATEMENT SET
BEGIN
  INSERT INTO a
  SELECT 1;
  WITH x AS (
    SELECT 2
  )
  INSERT INTO b
  SELECT *
  FROM x;
END`,
    ],
    'set operations': [
      `SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT 3) ORDER BY 1`,
      `SELECT 1
UNION ALL
(
  SELECT 2
  EXCEPT
  SELECT 3
)
ORDER BY 1`,
    ],
  } as const;
  for (const [name, [text, expected]] of Object.entries(layouts)) {
    it(`lays out ${name}`, () => assert.equal(printStatement(parseStatement(text)), expected));
  }

  it('quotes the names that need it', () => {
    const printed = printStatement(parseStatement('SELECT `a`, `b c`, `select`, `Model`, date, `1a`, `x``y`, `é`, `map` FROM `t`'));
    assert.equal(printed, 'SELECT a, `b c`, `select`, Model, `date`, `1a`, `x``y`, `é`, `map`\nFROM t');
  });
});

describe('names that are words of the grammar', () => {
  const isWord = (text: string): boolean => /^[a-z_]+$/i.test(text);
  const words = new Set([...SPECIAL_CALLS.keys(), ...STATEMENTS.flatMap(text => lex(text).map(token => token.key)).filter(isWord)]);

  it('stand for the same when they are printed', () => {
    assert.ok(words.size > 300, `${words.size} words`);
    for (const word of [...words, ...[...words].map(each => each.toLowerCase())]) {
      const name = `\`${word}\``;
      const text = `SELECT ${name}, ${name}[1], ${name}(x => 1), ${name}(a, b), ${name}(*), f(${name} => 1).${name} AS ${name} FROM ${name} AS ${name} (${name}), ${name}(1), TABLE(${name}()) ORDER BY ${name}`;
      const tree = parseStatement(text);
      assert.deepEqual(withoutSpans(parseStatement(printStatement(tree))), withoutSpans(tree), word);
    }
  });
});

describe('printExpression', () => {
  // Written with every bracket, printed with those that are needed.
  const minimal = {
    '((a + b) + c)': 'a + b + c',
    '(a + (b + c))': 'a + (b + c)',
    '((a * b) + c)': 'a * b + c',
    '(a * (b + c))': 'a * (b + c)',
    '(a || (b * c))': 'a || (b * c)',
    '(a + (b || c))': 'a + b || c',
    '((-a) * b)': '-a * b',
    '(-(a * b))': '-(a * b)',
    '(-(-a))': '- -a',
    '(a - (-b))': 'a - -b',
    '(((a = b) = c))': 'a = b = c',
    '(a = (b = c))': 'a = (b = c)',
    '(a OR (b AND c))': 'a OR b AND c',
    '((a OR b) AND c)': '(a OR b) AND c',
    '(NOT (a = b))': 'NOT a = b',
    '((NOT a) = b)': '(NOT a) = b',
    '(NOT (a AND b))': 'NOT (a AND b)',
    '((NOT a) AND b)': 'NOT a AND b',
    '((a = b) IS NULL)': 'a = b IS NULL',
    '(a = (b IS NULL))': 'a = (b IS NULL)',
    '(NOT (a IS NULL))': 'NOT a IS NULL',
    '((a LIKE b) = c)': 'a LIKE b = c',
    '(a LIKE (b = c))': 'a LIKE (b = c)',
    '((a BETWEEN (b + 1) AND c) AND d)': 'a BETWEEN b + 1 AND c AND d',
    '(a BETWEEN b AND (c AND d))': 'a BETWEEN b AND (c AND d)',
    '((a + b) IN (c))': 'a + b IN (c)',
    '(a + (b IN (c)))': 'a + (b IN (c))',
    '(a IS DISTINCT FROM (b + c))': 'a IS DISTINCT FROM b + c',
    '((a OR b) IS DISTINCT FROM c)': '(a OR b) IS DISTINCT FROM c',
    '((a)[1])': 'a[1]',
    '((a + b)[1])': '(a + b)[1]',
    '((-a)[1])': '(-a)[1]',
    '(-(a[1]))': '-a[1]',
    '((a).b)': '(a).b',
    '(f(x)).b': 'f(x).b',
    'CAST((a AND b) AS INT)': 'CAST(a AND b AS INT)',
  };
  for (const [full, expected] of Object.entries(minimal)) {
    it(`prints ${full} as ${expected}`, () => {
      assert.equal(printExpression(parseExpression(full)), expected);
      assert.deepEqual(withoutSpans(parseExpression(expected)), withoutSpans(parseExpression(full)));
    });
  }

  it('writes known functions in upper case and others as they are', () => {
    assert.equal(
      printExpression(parseExpression('count(x) + my_Function(y) + ml_predict(MODEL m, z)')),
      'COUNT(x) + my_Function(y) + ML_PREDICT(MODEL m, z)',
    );
  });
});

describe('printType', () => {
  const canonical = {
    integer: 'INT',
    'numeric(10,2)': 'DECIMAL(10, 2)',
    'double precision': 'DOUBLE',
    'character varying(5) not null': 'VARCHAR(5) NOT NULL',
    'timestamp(3) with local time zone': 'TIMESTAMP_LTZ(3)',
    'int not null array null': 'ARRAY<INT NOT NULL> NULL',
    "row(a int 'x', `order` map<string, bytes>)": "ROW<a INT 'x', `order` MAP<STRING, BYTES>>",
    'interval days to seconds': 'INTERVAL DAY TO SECOND',
  };
  for (const [text, expected] of Object.entries(canonical)) {
    it(`prints ${text} as ${expected}`, () => {
      const cast = parseExpression(`CAST(x AS ${text})`);
      assert.ok(cast.kind === 'cast');
      assert.equal(printType(cast.type), expected);
    });
  }
});
