import { decimalToDouble } from '../../../common/decimal.js';
import { UTC } from '../../../common/zone.js';
import type { Long, Value } from '../../../spec/batch.js';
import { DOUBLE, type DataType } from '../../../spec/data-type.js';
import { conversionFunction } from '../conversion.js';
import { convertNumber } from '../convert-number.js';
import { number } from '../parameters.js';
import type { Accumulator } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate } from './define-aggregate.js';
import { averageType, COUNTER } from './number-aggregates.js';

/** Variance and standard deviation of all rows (`POP`) or as estimated from a sample (`SAMP`). */
export const varianceAggregates: readonly AggregateFunction[] = [
  spread('STDDEV_POP', {
    of: 'pop',
    root: true,
    doc: 'The standard deviation of all values',
    examples: [
      {
        sql: 'SELECT STDDEV_POP(x), STDDEV_POP(CAST(x AS INT)) FROM (VALUES (2e0), (4e0), (9e0)) AS t (x)',
        result: '2.943920288775949 | 2',
      },
    ],
  }),
  spread('STDDEV_SAMP', {
    of: 'samp',
    root: true,
    aliases: ['STDDEV'],
    doc: 'The standard deviation, estimated from a sample; NULL for fewer than two values',
    examples: [{ sql: 'SELECT STDDEV_SAMP(x) FROM (VALUES (1e0), (3e0), (5e0)) AS t (x)', result: '2.0' }],
  }),
  spread('VAR_POP', {
    of: 'pop',
    root: false,
    doc: 'The variance of all values',
    examples: [{ sql: 'SELECT VAR_POP(x) FROM (VALUES (1e0), (2e0), (NULL)) AS t (x)', result: '0.25' }],
  }),
  spread('VAR_SAMP', {
    of: 'samp',
    root: false,
    aliases: ['VARIANCE'],
    doc: 'The variance, estimated from a sample; NULL for fewer than two values',
    examples: [
      { sql: 'SELECT VAR_SAMP(x) FROM (VALUES (1.0), (2.0)) AS t (x)', result: '0.500000' },
      { sql: 'SELECT VARIANCE(x) FROM (VALUES (1e0)) AS t (x)', result: 'NULL' },
    ],
  }),
];

interface Spread {
  readonly of: 'pop' | 'samp';
  /** Whether the square root is taken. */
  readonly root: boolean;
  readonly aliases?: readonly string[];
  readonly doc: string;
  readonly examples: AggregateFunction['examples'];
}

function spread(name: string, { of, root, aliases, doc, examples }: Spread): AggregateFunction {
  return defineAggregate({
    name,
    aliases,
    signature: `${name}([DISTINCT] number)`,
    doc: `${doc}; of integers without its fraction.`,
    examples,
    parameters: [number],
    returns: ({ parameters: [type] }) => averageType(type!),
    returnsNull: ({ parameters: [type] }) => of === 'samp' || type!.kind === 'DECIMAL',
    accumulator: ({ parameters: [type] }) => spreadAccumulator(type!, of, root),
  });
}

/** Welford's way, as Flink's: the count, the mean, and the sum of the squared distances to the mean. */
function spreadAccumulator(type: DataType, of: 'pop' | 'samp', root: boolean): Accumulator {
  const finish = finishAs(averageType(type));
  return {
    slots: [COUNTER, COUNTER, COUNTER],
    add: ({ slots: [n, mean, m2], bind }, [value]) => {
      const x =
        type.kind === 'DECIMAL' ? `${bind((unscaled: Long) => decimalToDouble(unscaled, type.scale))}(${value})` : `Number(${value})`;
      return `{ const x = ${x}, delta = x - ${mean}; ${n}++; ${mean} += delta / ${n}; ${m2} += delta * (x - ${mean}); }`;
    },
    merge: ({ slots: [n, mean, m2] }, [otherN, otherMean, otherM2]) =>
      `if (${otherN} > 0) { const all = ${n} + ${otherN}, delta = ${otherMean} - ${mean}; ` +
      `${m2} += ${otherM2} + (delta * delta * ${n} * ${otherN}) / all; ${mean} += (delta * ${otherN}) / all; ${n} = all; }`,
    result: ({ slots: [n, , m2], bind }) => {
      const variance = of === 'pop' ? `${m2} / ${n}` : `${m2} / (${n} - 1)`;
      return `(${n} < ${of === 'pop' ? 1 : 2} ? null : ${bind(finish)}(${root ? `Math.sqrt(${variance})` : variance}))`;
    },
  };
}

/** The double in the result's type. */
function finishAs(type: DataType): (value: number) => Value {
  if (type.kind === 'DOUBLE') return value => value;
  const convert = conversionFunction(convertNumber(DOUBLE, type), UTC);
  return value => convert(value) ?? null;
}
