import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatType } from '../spec/data-type.js';
import { parseStatement } from '../sql/parser.js';
import { resolveType } from './resolve-type.js';

function resolved(text: string): string {
  const node = parseStatement(`CREATE TABLE t (c ${text}) WITH ('connector' = 'x')`);
  assert.ok(node.kind === 'create-table');
  const [column] = node.columns;
  assert.ok(column!.kind === 'physical-column');
  return formatType(resolveType(column!.type));
}

for (const [written, meant] of [
  ['STRING', 'STRING'],
  ['STRING NOT NULL', 'STRING NOT NULL'],
  ['VARCHAR', 'VARCHAR(1)'],
  ['VARCHAR(20)', 'VARCHAR(20)'],
  ['CHAR', 'CHAR(1)'],
  ['BYTES', 'BYTES'],
  ['BINARY(4)', 'BINARY(4)'],
  ['DECIMAL', 'DECIMAL(10, 0)'],
  ['DECIMAL(5)', 'DECIMAL(5, 0)'],
  ['DECIMAL(38, 38)', 'DECIMAL(38, 38)'],
  ['TIME', 'TIME(0)'],
  ['TIMESTAMP', 'TIMESTAMP(6)'],
  ['TIMESTAMP(3)', 'TIMESTAMP(3)'],
  ['TIMESTAMP_LTZ(0)', 'TIMESTAMP_LTZ(0)'],
  ['INT', 'INT'],
  ['ARRAY<INT NOT NULL> NOT NULL', 'ARRAY<INT NOT NULL> NOT NULL'],
  ['MAP<STRING, ARRAY<DOUBLE>>', 'MAP<STRING, ARRAY<DOUBLE>>'],
  ['MULTISET<INT>', 'MULTISET<INT>'],
  ['ROW<a INT, b ROW<c STRING NOT NULL>>', 'ROW<`a` INT, `b` ROW<`c` STRING NOT NULL>>'],
  ['INTERVAL DAY TO SECOND', 'INTERVAL DAY TO SECOND(3)'],
  ['INTERVAL YEAR TO MONTH', 'INTERVAL YEAR TO MONTH'],
] as const) {
  test(`${written} means ${meant}`, () => assert.equal(resolved(written), meant));
}

for (const written of ['DECIMAL(39)', 'DECIMAL(0)', 'DECIMAL(5, 6)', 'VARCHAR(0)', 'TIMESTAMP(7)', 'ARRAY<CHAR(0)>']) {
  test(`${written} is out of range, and marked`, () => {
    assert.throws(
      () => resolved(written),
      (thrown: { code: string; span: { start: number } }) => {
        assert.equal(thrown.code, 'INVALID_DEFINITION');
        assert.ok(thrown.span.start >= 'CREATE TABLE t (c '.length);
        return true;
      },
    );
  });
}
