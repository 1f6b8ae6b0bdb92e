import type { Value } from '../../../spec/batch.js';
import { arrayOf, STRING } from '../../../spec/data-type.js';
import { any, text } from '../parameters.js';
import { objectAccumulator, type Accumulator } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate, notConstant } from './define-aggregate.js';

/** Aggregates whose result holds all values. */
export const collectingAggregates: readonly AggregateFunction[] = [
  defineAggregate({
    name: 'COLLECT',
    signature: 'COLLECT([DISTINCT] value)',
    doc: 'A MULTISET of the values that are not NULL; empty for no rows.',
    examples: [
      { sql: "SELECT COLLECT(x) FROM (VALUES ('a'), ('b'), ('a'), (NULL)) AS t (x)", result: '{a=2, b=1}' },
      { sql: "SELECT CARDINALITY(COLLECT(x)) FROM (VALUES ('a')) AS t (x) WHERE x = 'b'", result: '0' },
    ],
    parameters: [any],
    returns: ({ parameters: [type] }) => ({ kind: 'MULTISET', element: { ...type!, nullable: false }, nullable: false }),
    ofNoRows: [],
    accumulator: () => listAccumulator(values => values),
  }),
  defineAggregate({
    name: 'ARRAY_AGG',
    signature: 'ARRAY_AGG([DISTINCT] value [RESPECT NULLS | IGNORE NULLS]) [WITHIN GROUP (ORDER BY …)]',
    doc: 'An array of the values in the order of their rows, with NULLs unless IGNORE NULLS says otherwise; NULL for none.',
    examples: [
      { sql: 'SELECT ARRAY_AGG(x) FROM (VALUES (2), (NULL), (1)) AS t (x)', result: '[2, NULL, 1]' },
      { sql: 'SELECT ARRAY_AGG(DISTINCT x IGNORE NULLS) FROM (VALUES (2), (NULL), (2), (1)) AS t (x)', result: '[2, 1]' },
      { sql: 'SELECT ARRAY_AGG(x) WITHIN GROUP (ORDER BY y DESC) FROM (VALUES (1, 5), (2, 7)) AS t (x, y)', result: '[2, 1]' },
      { sql: 'SELECT ARRAY_AGG(x) FROM (VALUES (1)) AS t (x) WHERE x > 1', result: 'NULL' },
    ],
    clauses: ['RESPECT NULLS', 'IGNORE NULLS'],
    ordered: true,
    parameters: [any],
    returns: ({ parameters: [type], clause }) => arrayOf(clause === 'IGNORE NULLS' ? { ...type!, nullable: false } : type!),
    returnsNull: ({ clause, parameters: [type] }) => clause === 'IGNORE NULLS' && type!.nullable,
    nulls: ({ clause }) => (clause === 'IGNORE NULLS' ? 'skip' : 'take'),
    accumulator: () => listAccumulator(values => (values.length === 0 ? null : values)),
  }),
  defineAggregate({
    name: 'LISTAGG',
    signature: 'LISTAGG([DISTINCT] string [, separator]) [WITHIN GROUP (ORDER BY …)]',
    doc: 'The texts that are not NULL, one behind the other with the separator between them, which is a comma by default.',
    examples: [
      { sql: "SELECT LISTAGG(x) FROM (VALUES ('a'), (NULL), ('b')) AS t (x)", result: 'a,b' },
      { sql: "SELECT LISTAGG(x, ' - ') WITHIN GROUP (ORDER BY x DESC) FROM (VALUES ('a'), ('b')) AS t (x)", result: 'b - a' },
      { sql: "SELECT LISTAGG(DISTINCT x) FROM (VALUES ('a'), ('b'), ('a')) AS t (x)", result: 'a,b' },
    ],
    ordered: true,
    parameters: [text, text],
    optional: 1,
    returns: () => STRING,
    accumulator: ({ args: [, separator] }) => {
      if (separator === undefined) return textAccumulator(',');
      if (typeof separator.literal !== 'string') throw notConstant('LISTAGG', 'the separator', STRING);
      return textAccumulator(separator.literal);
    },
  }),
];

function listAccumulator(result: (values: Value[]) => Value): Accumulator {
  return objectAccumulator<Value[]>({
    create: () => [],
    add: (values, value: Value) => void values.push(value),
    merge(values, others) {
      for (const value of others) values.push(value);
    },
    result: values => result(values.slice()),
  });
}

function textAccumulator(separator: string): Accumulator {
  return {
    slots: [{ storage: 'values', initial: null }],
    add: ({ slots: [text], bind }, [value]) => `${text} = ${text} === null ? ${value} : ${text} + ${bind(separator)} + ${value};`,
    merge: ({ slots: [text], bind }, [other]) =>
      `if (${other} !== null) ${text} = ${text} === null ? ${other} : ${text} + ${bind(separator)} + ${other};`,
    result: ({ slots: [text] }) => text!,
  };
}
