import type { FunctionDoc } from './function.js';

/**
 * What is written like a function or an operator and belongs to the grammar or the binder: forms that evaluate an operand
 * only where it is needed, and those that are something else once they are bound. In the order of the reference.
 */
export const SPECIAL_FORMS: readonly FunctionDoc[] = [
  {
    name: 'IS NULL',
    family: 'comparison',
    signature: 'value IS [NOT] NULL',
    doc: 'Whether a value is NULL; never NULL itself.',
    examples: [
      { sql: 'CAST(NULL AS INT) IS NULL', result: 'TRUE' },
      { sql: "'' IS NOT NULL", result: 'TRUE' },
    ],
  },
  {
    name: 'BETWEEN',
    family: 'comparison',
    signature: 'value [NOT] BETWEEN [ASYMMETRIC | SYMMETRIC] low AND high',
    doc: 'Whether a value is not below one bound and not above the other, in either order with SYMMETRIC.',
    examples: [
      { sql: '12 BETWEEN 15 AND 12', result: 'FALSE' },
      { sql: '12 BETWEEN SYMMETRIC 15 AND 12', result: 'TRUE' },
      { sql: '12 BETWEEN 10 AND CAST(NULL AS INT)', result: 'NULL' },
      { sql: '12 NOT BETWEEN 15 AND CAST(NULL AS INT)', result: 'TRUE' },
    ],
  },
  {
    name: 'IN',
    family: 'comparison',
    signature: 'value [NOT] IN (value, …)',
    doc: 'Whether a value is one of a list; NULL where it is none of them and one of them is NULL.',
    examples: [
      { sql: '1 IN (1, 2, CAST(NULL AS INT))', result: 'TRUE' },
      { sql: '4 IN (1, 2, CAST(NULL AS INT))', result: 'NULL' },
      { sql: '4 NOT IN (1, 2)', result: 'TRUE' },
    ],
  },
  {
    name: 'AND',
    family: 'logical',
    signature: 'a AND b',
    doc: 'FALSE where one of two is FALSE, else NULL where one is NULL. The right one is computed only where the left one does not decide.',
    examples: [
      { sql: 'FALSE AND CAST(NULL AS BOOLEAN)', result: 'FALSE' },
      { sql: 'TRUE AND CAST(NULL AS BOOLEAN)', result: 'NULL' },
    ],
  },
  {
    name: 'OR',
    family: 'logical',
    signature: 'a OR b',
    doc: 'TRUE where one of two is TRUE, else NULL where one is NULL. The right one is computed only where the left one does not decide.',
    examples: [
      { sql: 'TRUE OR CAST(NULL AS BOOLEAN)', result: 'TRUE' },
      { sql: 'FALSE OR CAST(NULL AS BOOLEAN)', result: 'NULL' },
    ],
  },
  {
    name: 'NOT',
    family: 'logical',
    signature: 'NOT a',
    doc: 'The opposite; NULL for NULL.',
    examples: [
      { sql: 'NOT TRUE', result: 'FALSE' },
      { sql: 'NOT CAST(NULL AS BOOLEAN)', result: 'NULL' },
    ],
  },
  {
    name: 'IS TRUE',
    family: 'logical',
    signature: 'condition IS [NOT] {TRUE | FALSE | UNKNOWN}',
    doc: 'Whether a condition is TRUE, FALSE or NULL; never NULL itself.',
    examples: [
      { sql: '(CAST(NULL AS INT) = 1) IS TRUE', result: 'FALSE' },
      { sql: '(CAST(NULL AS INT) = 1) IS NOT FALSE', result: 'TRUE' },
      { sql: '(CAST(NULL AS INT) = 1) IS UNKNOWN', result: 'TRUE' },
    ],
  },
  {
    name: 'CASE',
    family: 'conditional',
    signature: 'CASE [value] WHEN {condition | value} THEN result … [ELSE result] END',
    doc: 'The result of the first branch whose condition is TRUE, or whose value equals the one told; else NULL. Only the branch that is taken is computed.',
    examples: [
      { sql: "CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' END", result: 'b' },
      { sql: "CASE 3 WHEN 1 THEN 'a' ELSE 'c' END", result: 'c' },
      { sql: "CASE WHEN FALSE THEN 'a' END", result: 'NULL' },
    ],
  },
  {
    name: 'COALESCE',
    family: 'conditional',
    signature: 'COALESCE(value, …)',
    doc: 'The first value that is not NULL. What stands behind it is not computed.',
    examples: [
      { sql: "COALESCE(CAST(NULL AS STRING), 'default')", result: 'default' },
      { sql: 'COALESCE(CAST(NULL AS INT), CAST(NULL AS INT))', result: 'NULL' },
    ],
  },
  {
    name: 'IFNULL',
    family: 'conditional',
    signature: 'IFNULL(value, replacement)',
    doc: 'The value, or its replacement where it is NULL; NOT NULL where the replacement is.',
    examples: [{ sql: 'TYPEOF(IFNULL(CAST(NULL AS INT), 5))', result: 'INT NOT NULL' }],
  },
  {
    name: 'NULLIF',
    family: 'conditional',
    signature: 'NULLIF(a, b)',
    doc: 'NULL where two values are equal, else the first.',
    examples: [
      { sql: 'NULLIF(5, 5)', result: 'NULL' },
      { sql: 'NULLIF(5, 0)', result: '5' },
    ],
  },
  {
    name: 'IF',
    family: 'conditional',
    signature: 'IF(condition, then, otherwise)',
    doc: 'One of two values, by a condition; the other one is not computed.',
    examples: [
      { sql: 'IF(5 > 3, 5, 3)', result: '5' },
      { sql: 'IF(CAST(NULL AS BOOLEAN), 5, 3)', result: '3' },
    ],
  },
  {
    name: 'CAST',
    family: 'conversion',
    signature: 'CAST(value AS type)',
    doc: 'The value as one of another type; the job fails where it is none. [The guide](../guide/sql.md#casts) has the table of types.',
    examples: [
      { sql: "CAST('42' AS INT)", result: '42' },
      { sql: 'CAST(ARRAY[1, 2] AS STRING)', result: '[1, 2]' },
      { sql: 'CAST(CAST(NULL AS INT) AS STRING)', result: 'NULL' },
    ],
  },
  {
    name: 'TRY_CAST',
    family: 'conversion',
    signature: 'TRY_CAST(value AS type)',
    doc: 'As CAST, with NULL where it fails.',
    examples: [{ sql: "TRY_CAST('non-number' AS INT)", result: 'NULL' }],
  },
  {
    name: 'CURRENT_DATABASE',
    family: 'auxiliary',
    signature: 'CURRENT_DATABASE()',
    doc: 'The name of the current database when the statement was planned.',
    examples: [{ sql: 'CURRENT_DATABASE()', result: 'default_database' }],
  },
];
