import { storageOf } from '../../../spec/batch.js';
import type { DataType } from '../../../spec/data-type.js';
import { orderOf } from '../compare-values.js';
import type { Parameter } from '../parameters.js';
import { any } from '../parameters.js';
import { hasOrder } from '../type-rules.js';
import type { Accumulator, AccumulatorScope, Slot } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate } from './define-aggregate.js';
import { COUNTER } from './number-aggregates.js';

const ordered: Parameter = ({ type }) => (hasOrder(type) ? type : undefined);
const NULL_TREATMENT = ['IGNORE NULLS', 'RESPECT NULLS'];

/** Aggregates whose result is one of the values. */
export const orderAggregates: readonly AggregateFunction[] = [
  defineAggregate({
    name: 'MIN',
    signature: 'MIN([DISTINCT] value)',
    doc: 'The least value.',
    examples: [
      { sql: "SELECT MIN(x), MIN(y) FROM (VALUES (2, 'b'), (1, 'a'), (NULL, NULL)) AS t (x, y)", result: '1 | a' },
      { sql: "SELECT MIN(x) FROM (VALUES (DATE '2026-01-31'), (DATE '2026-01-01')) AS t (x)", result: '2026-01-01' },
    ],
    parameters: [ordered],
    returns: ({ parameters: [type] }) => type!,
    accumulator: ({ parameters: [type] }) => extremeAccumulator(type!, 'least'),
  }),
  defineAggregate({
    name: 'MAX',
    signature: 'MAX([DISTINCT] value)',
    doc: 'The greatest value.',
    examples: [{ sql: 'SELECT MAX(x), MAX(y) FROM (VALUES (2, FALSE), (10, TRUE), (NULL, NULL)) AS t (x, y)', result: '10 | TRUE' }],
    parameters: [ordered],
    returns: ({ parameters: [type] }) => type!,
    accumulator: ({ parameters: [type] }) => extremeAccumulator(type!, 'greatest'),
  }),
  defineAggregate({
    name: 'FIRST_VALUE',
    signature: 'FIRST_VALUE(value [IGNORE NULLS | RESPECT NULLS])',
    doc: 'The value of the first row; NULLs do not count unless RESPECT NULLS says so.',
    examples: [
      { sql: 'SELECT FIRST_VALUE(x), FIRST_VALUE(x RESPECT NULLS) FROM (VALUES (NULL), (2), (1)) AS t (x)', result: '2 | NULL' },
      { sql: 'SELECT FIRST_VALUE(x) WITHIN GROUP (ORDER BY y DESC) FROM (VALUES (1, 5), (2, 7)) AS t (x, y)', result: '2' },
    ],
    clauses: NULL_TREATMENT,
    ordered: true,
    parameters: [any],
    returns: ({ parameters: [type] }) => type!,
    nulls: ({ clause }) => (clause === 'RESPECT NULLS' ? 'take' : 'skip'),
    accumulator: () => endAccumulator('first'),
  }),
  defineAggregate({
    name: 'LAST_VALUE',
    signature: 'LAST_VALUE(value [IGNORE NULLS | RESPECT NULLS])',
    doc: 'The value of the last row; NULLs do not count unless RESPECT NULLS says so.',
    examples: [{ sql: 'SELECT LAST_VALUE(x), LAST_VALUE(x RESPECT NULLS) FROM (VALUES (1), (2), (NULL)) AS t (x)', result: '2 | NULL' }],
    clauses: NULL_TREATMENT,
    ordered: true,
    parameters: [any],
    returns: ({ parameters: [type] }) => type!,
    nulls: ({ clause }) => (clause === 'RESPECT NULLS' ? 'take' : 'skip'),
    accumulator: () => endAccumulator('last'),
  }),
];

/** Values that no extreme of numbers without NaN and infinities is. */
const NO_EXTREME = { least: Infinity, greatest: -Infinity } as const;

function extremeAccumulator(type: DataType, which: 'least' | 'greatest'): Accumulator {
  const beats = which === 'least' ? '<' : '>';
  if (type.kind === 'FLOAT' || type.kind === 'DOUBLE') return floatExtreme(which);
  if (storageOf(type) === 'float64') {
    const none = NO_EXTREME[which];
    return {
      slots: [{ storage: 'float64', initial: none }],
      add: ({ slots: [best] }, [value]) => `if (${value} ${beats} ${best}) ${best} = ${value};`,
      merge: ({ slots: [best] }, [other]) => `if (${other} ${beats} ${best}) ${best} = ${other};`,
      result: ({ slots: [best] }) => `(${best} === ${none} ? null : ${best})`,
    };
  }
  const quick = type.kind === 'BIGINT' || type.kind === 'DECIMAL' || type.kind === 'BOOLEAN';
  const better = ({ bind }: AccumulatorScope, a: string, b: string): string =>
    quick ? `${a} ${beats} ${b}` : `${bind(orderOf(type))}(${a}, ${b}) ${beats} 0`;
  return {
    slots: [NONE],
    add: (scope, [value]) => {
      const [best] = scope.slots as [string];
      return `if (${best} === null || ${better(scope, value!, best)}) ${best} = ${value};`;
    },
    merge: (scope, [other]) => {
      const [best] = scope.slots as [string];
      return `if (${other} !== null && (${best} === null || ${better(scope, other!, best)})) ${best} = ${other};`;
    },
    result: ({ slots: [best] }) => best!,
  };
}

const NONE: Slot = { storage: 'values', initial: null };

/** NaN is the greatest number. */
function floatExtreme(which: 'least' | 'greatest'): Accumulator {
  const better = (value: string, best: string): string =>
    which === 'least' ? `${value} < ${best} || ${best} !== ${best}` : `${value} > ${best} || ${value} !== ${value}`;
  return {
    slots: [{ storage: 'float64', initial: which === 'least' ? NaN : -Infinity }, COUNTER],
    add: ({ slots: [best, count] }, [value]) => `${count} = 1; if (${better(value!, best!)}) ${best} = ${value};`,
    merge: ({ slots: [best, count] }, [other, otherCount]) =>
      `if (${otherCount} === 1) { ${count} = 1; if (${better(other!, best!)}) ${best} = ${other}; }`,
    result: ({ slots: [best, count] }) => `(${count} === 0 ? null : ${best})`,
  };
}

/** Slots are the value, which can be NULL, and whether there was a row. */
function endAccumulator(end: 'first' | 'last'): Accumulator {
  return {
    slots: [NONE, COUNTER],
    add: ({ slots: [value, seen] }, [argument]) => {
      const take = `${value} = ${argument}; ${seen} = 1;`;
      return end === 'last' ? take : `if (${seen} === 0) { ${take} }`;
    },
    merge: ({ slots: [value, seen] }, [other, otherSeen]) =>
      `if (${otherSeen} === 1${end === 'last' ? '' : ` && ${seen} === 0`}) { ${value} = ${other}; ${seen} = 1; }`,
    result: ({ slots: [value] }) => value!,
  };
}
