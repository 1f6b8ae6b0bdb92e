import assert from 'node:assert/strict';
import { it } from 'node:test';
import { definedName } from './defined-name.js';

const CASES: Readonly<Record<string, string | undefined>> = {
  'CREATE TABEL t (a INT);': 't',
  'CREAT TABLE t (a INT)': 't',
  'CREATE OR REPLACE TEMPORARY TABLE IF NOT EXISTS db.`my t` (a INTT)': 'my t',
  "CREATE MODEL 'm' INPUT (a STRING)": 'm',
  'CREATE TABLE "orders" (a INT)': 'orders',
  'ALTER TABLE cat.db.t ADD': 't',
  'CREATE TABLE': undefined,
  'CREATE TABLE (a INT)': undefined,
  'SELECT FROM t': undefined,
  'INSERT INTO t SELEC 1': undefined,
  '': undefined,
};

for (const [text, name] of Object.entries(CASES)) {
  it(`finds ${name ?? 'no name'} in ${text}`, () => assert.equal(definedName(text), name));
}
