import { addExact, divideDecimal, fitsPrecision, subtractExact } from '../../../common/decimal.js';
import { addLong, divideLong, subtractLong } from '../../../common/long.js';
import type { Long, Value } from '../../../spec/batch.js';
import { BIGINT, decimal, DOUBLE, type DataType } from '../../../spec/data-type.js';
import { number } from '../parameters.js';
import { isInteger } from '../type-rules.js';
import type { Accumulator, Slot } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate } from './define-aggregate.js';

/** A slot that counts rows, or says whether there was one. */
export const COUNTER: Slot = { storage: 'float64', initial: 0 };

/** The rules of Flink: COUNT, SUM and AVG. */
export const numberAggregates: readonly AggregateFunction[] = [
  {
    name: 'COUNT',
    family: 'aggregate',
    signature: 'COUNT(*) | COUNT([DISTINCT] value [, …])',
    doc: 'The number of rows; with values, of those in which none of them is NULL.',
    examples: [
      { sql: 'SELECT COUNT(*), COUNT(x), COUNT(DISTINCT x) FROM (VALUES (1), (1), (2), (NULL)) AS t (x)', result: '4 | 3 | 2' },
      { sql: "SELECT COUNT(DISTINCT x, y) FROM (VALUES (1, 'a'), (1, 'a'), (1, 'b'), (1, NULL)) AS t (x, y)", result: '2' },
      { sql: 'SELECT COUNT(*) FILTER (WHERE x > 1) FROM (VALUES (1), (2), (3)) AS t (x)', result: '2' },
    ],
    resolve: args => ({
      parameters: args.map(argument => argument.type),
      type: { ...BIGINT, nullable: false },
      ofNoRows: 0,
      nulls: 'skip',
      accumulator: {
        slots: [COUNTER],
        add: ({ slots: [count] }) => `${count}++;`,
        remove: ({ slots: [count] }) => `${count}--;`,
        merge: ({ slots: [count] }, [other]) => `${count} += ${other};`,
        result: ({ slots: [count] }) => count!,
      },
    }),
  },
  defineAggregate({
    name: 'SUM',
    signature: 'SUM([DISTINCT] number)',
    doc: 'The sum, of the type of its numbers: integers wrap around, a DECIMAL has 38 digits and is NULL beyond them.',
    examples: [
      { sql: 'SELECT SUM(x) FROM (VALUES (1), (2), (NULL)) AS t (x)', result: '3' },
      { sql: 'SELECT SUM(DISTINCT x) FROM (VALUES (1.5), (1.5), (2.25)) AS t (x)', result: '3.75' },
      { sql: 'SELECT SUM(x) FROM (VALUES (1)) AS t (x) WHERE x > 1', result: 'NULL' },
    ],
    parameters: [number],
    returns: ({ parameters: [type] }) => (type!.kind === 'DECIMAL' ? decimal(38, type!.scale) : type!),
    returnsNull: ({ parameters: [type] }) => type!.kind === 'DECIMAL',
    accumulator: ({ parameters: [type] }) => sumAccumulator(type!),
  }),
  defineAggregate({
    name: 'AVG',
    signature: 'AVG([DISTINCT] number)',
    doc: 'The mean: of integers without its fraction, of a DECIMAL with 38 digits and a scale of at least 6.',
    examples: [
      { sql: 'SELECT AVG(x), AVG(CAST(x AS DOUBLE)) FROM (VALUES (1), (2), (NULL)) AS t (x)', result: '1 | 1.5' },
      { sql: 'SELECT AVG(x) FROM (VALUES (1.00), (2.00), (2.00)) AS t (x)', result: '1.666667' },
    ],
    parameters: [number],
    returns: ({ parameters: [type] }) => averageType(type!),
    returnsNull: ({ parameters: [type] }) => type!.kind === 'DECIMAL',
    accumulator: ({ parameters: [type] }) => averageAccumulator(type!),
  }),
];

/** The type of a mean, by Flink's rules: that of the numbers, and for DECIMAL 38 digits. */
export function averageType(type: DataType): DataType {
  return type.kind === 'DECIMAL' ? decimal(38, Math.max(6, type.scale)) : type;
}

/** How numbers of a type are added up. */
interface Addition {
  readonly slot: Slot;
  /** The sum of two expressions; `undefined` for `minus` where the difference of a rounded sum would not be exact. */
  readonly plus: (bind: (value: unknown) => string, a: string, b: string) => string;
  readonly minus?: (bind: (value: unknown) => string, a: string, b: string) => string;
}

const SUM_SLOT: Slot = { storage: 'float64', initial: 0 };
/** Longs beyond the safe integers are bigints, which no typed array of numbers holds. */
const LONG_SLOT: Slot = { storage: 'values', initial: 0 };

function wrapping(code: (sum: string) => string): Addition {
  return { slot: SUM_SLOT, plus: (_, a, b) => code(`${a} + ${b}`), minus: (_, a, b) => code(`${a} - ${b}`) };
}

const LONG_ADDITION: Addition = {
  slot: LONG_SLOT,
  plus: (bind, a, b) => `${bind(addLong)}(${a}, ${b})`,
  minus: (bind, a, b) => `${bind(subtractLong)}(${a}, ${b})`,
};
const DECIMAL_ADDITION: Addition = {
  slot: LONG_SLOT,
  plus: (bind, a, b) => `${bind(addExact)}(${a}, ${b})`,
  minus: (bind, a, b) => `${bind(subtractExact)}(${a}, ${b})`,
};

function additionOf({ kind }: DataType): Addition {
  switch (kind) {
    case 'TINYINT':
      return wrapping(sum => `((${sum}) << 24) >> 24`);
    case 'SMALLINT':
      return wrapping(sum => `((${sum}) << 16) >> 16`);
    case 'INT':
      return wrapping(sum => `(${sum}) | 0`);
    case 'BIGINT':
      return LONG_ADDITION;
    case 'DECIMAL':
      return DECIMAL_ADDITION;
    case 'FLOAT':
      return { slot: SUM_SLOT, plus: (_, a, b) => `Math.fround(${a} + ${b})` };
    default:
      return { slot: SUM_SLOT, plus: (_, a, b) => `${a} + ${b}` };
  }
}

/** AVG adds up integers as BIGINT and FLOAT as DOUBLE. */
function averageAddition(type: DataType): Addition {
  if (type.kind === 'DECIMAL') return DECIMAL_ADDITION;
  return isInteger(type) ? LONG_ADDITION : additionOf(DOUBLE);
}

/** Slots are a sum and a count. */
function summing({ slot, plus, minus }: Addition, result: Accumulator['result']): Accumulator {
  return {
    slots: [slot, COUNTER],
    add: ({ slots: [sum, count], bind }, [value]) => `${sum} = ${plus(bind, sum!, value!)}; ${count}++;`,
    remove: minus && (({ slots: [sum, count], bind }, [value]) => `${sum} = ${minus(bind, sum!, value!)}; ${count}--;`),
    merge: ({ slots: [sum, count], bind }, [otherSum, otherCount]) => `${sum} = ${plus(bind, sum!, otherSum!)}; ${count} += ${otherCount};`,
    result,
  };
}

function sumAccumulator(type: DataType): Accumulator {
  return summing(additionOf(type), ({ slots: [sum, count], bind }) => {
    if (type.kind !== 'DECIMAL') return `(${count} === 0 ? null : ${sum})`;
    return `(${count} === 0 || !${bind((value: Long) => fitsPrecision(value, 38))}(${sum}) ? null : ${sum})`;
  });
}

function averageAccumulator(type: DataType): Accumulator {
  return summing(averageAddition(type), ({ slots: [sum, count], bind }) => {
    const quotient =
      type.kind === 'DOUBLE'
        ? `${sum} / ${count}`
        : type.kind === 'FLOAT'
          ? `Math.fround(${sum} / ${count})`
          : `${bind(type.kind === 'DECIMAL' ? decimalAverage(type.scale) : divideLong)}(${sum}, ${count})`;
    return `(${count} === 0 ? null : ${quotient})`;
  });
}

function decimalAverage(scale: number): (sum: Long, count: number) => Value {
  const resultScale = Math.max(6, scale);
  return (sum, count) => {
    if (!fitsPrecision(sum, 38)) return null;
    const quotient = divideDecimal(sum, scale, count, 0, resultScale);
    return fitsPrecision(quotient, 38) ? quotient : null;
  };
}
