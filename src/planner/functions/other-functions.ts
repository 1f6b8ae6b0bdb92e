import { BOOLEAN, formatType, MAX_LENGTH, sameType, STRING, type DataType } from '../../spec/data-type.js';
import { comparatorOf } from './compare-values.js';
import { defineFunction, inline, perJob, pure, resolutionOf, typesDoNotFit, countDoesNotFit } from './define-function.js';
import type { BoundArgument, FunctionEnvironment, ScalarFunction } from './function.js';
import { any, timePoint, type Parameter } from './parameters.js';
import { isConstructed, isText, leastRestrictive } from './type-rules.js';

interface Extreme {
  readonly name: 'GREATEST' | 'LEAST';
  readonly sign: 1 | -1;
  readonly doc: string;
  readonly examples: ScalarFunction['examples'];
}

function extreme({ name, sign, doc, examples }: Extreme): ScalarFunction {
  const head = { name, family: 'conditional' as const, signature: `${name}(value, …)`, doc, examples };
  return {
    ...head,
    resolve(args) {
      if (args.length === 0) throw countDoesNotFit(head, 0);
      const common = leastRestrictive(args.map(argument => argument.type));
      if (common === undefined || isConstructed(common)) throw typesDoNotFit(head, args);
      const compare = comparatorOf(common) as (a: unknown, b: unknown) => number;
      const parameters = args.map(({ type }): DataType => (isText(common) && isText(type) ? type : common));
      return resolutionOf({
        call: { args, parameters },
        type: common,
        evaluator: pure((...values: (string | number | bigint | boolean)[]) =>
          values.reduce((best, value) => (compare(value, best) * sign > 0 ? value : best)),
        ),
      });
    },
  };
}

/** A version 4 UUID from uniform random numbers. */
function uuid(environment: FunctionEnvironment): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(environment.random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = (8 + Math.floor(environment.random() * 4)).toString(16);
  const text = hex.join('');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

const literalBoolean: Parameter = ({ type, literal }) => (typeof literal === 'boolean' ? type : undefined);

/** The type of the first argument, which the binder has made common to all. */
const sameTime: Parameter = ({ type }, [first]) => (sameType(type, first!) ? type : undefined);

/** Functions that fit no other family. */
export const otherFunctions: readonly ScalarFunction[] = [
  extreme({
    name: 'GREATEST',
    sign: 1,
    doc: 'The greatest of all values; NULL where one of them is.',
    examples: [
      { sql: 'GREATEST(1, 3, 2)', result: '3' },
      { sql: "GREATEST('a', 'b')", result: 'b' },
    ],
  }),
  extreme({
    name: 'LEAST',
    sign: -1,
    doc: 'The least of all values; NULL where one of them is.',
    examples: [{ sql: 'LEAST(1.5, 1)', result: '1.0' }],
  }),
  defineFunction({
    name: 'UUID',
    family: 'auxiliary',
    signature: 'UUID()',
    doc: 'A random UUID of version 4.',
    examples: [
      { sql: 'CHAR_LENGTH(UUID())', result: '36' },
      { sql: 'SUBSTRING(UUID(), 15, 1)', result: '4' },
    ],
    deterministic: false,
    overloads: [
      {
        parameters: [],
        returns: { kind: 'CHAR', length: 36, nullable: true },
        evaluator: perJob(environment => () => uuid(environment)),
      },
    ],
  }),
  defineFunction({
    name: 'TYPEOF',
    family: 'auxiliary',
    signature: 'TYPEOF(value [, TRUE])',
    doc: "The name of the value's type; with TRUE in the standard's long form, which is NULL for an untyped NULL.",
    examples: [
      { sql: 'TYPEOF(1)', result: 'INT NOT NULL' },
      { sql: 'TYPEOF(CAST(NULL AS DECIMAL(10, 2)))', result: 'DECIMAL(10, 2)' },
      { sql: 'TYPEOF(CAST(NULL AS STRING), TRUE)', result: 'VARCHAR(2147483647)' },
      { sql: 'TYPEOF(CAST(NULL AS TIMESTAMP_LTZ(3)), TRUE)', result: 'TIMESTAMP(3) WITH LOCAL TIME ZONE' },
    ],
    overloads: [
      {
        parameters: [any, literalBoolean],
        optional: 1,
        returns: STRING,
        returnsNull: ({ args }) => typeName(args) === null,
        nulls: 'custom',
        evaluator: ({ args }) => constant(typeName(args)),
      },
    ],
  }),
  defineFunction({
    name: 'OVERLAPS',
    family: 'temporal',
    signature: '(start, end) OVERLAPS (start, end)',
    doc: 'Whether two spans of time have an instant in common, their ends among them. An end can be an interval from the start.',
    examples: [
      { sql: "(TIME '02:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '03:30:00', INTERVAL '2' HOUR)", result: 'TRUE' },
      { sql: "(TIME '09:00:00', TIME '10:00:00') OVERLAPS (TIME '10:15:00', INTERVAL '3' HOUR)", result: 'FALSE' },
      { sql: "(DATE '2026-01-05', DATE '2026-01-01') OVERLAPS (DATE '2026-01-05', DATE '2026-01-09')", result: 'TRUE' },
    ],
    overloads: [
      {
        parameters: [timePoint, sameTime, sameTime, sameTime],
        returns: BOOLEAN,
        evaluator: inline((a, b, c, d) => `(Math.min(${a}, ${b}) <= Math.max(${c}, ${d}) && Math.min(${c}, ${d}) <= Math.max(${a}, ${b}))`),
      },
    ],
  }),
];

function typeName(args: readonly BoundArgument[]): string | null {
  const { type } = args[0]!;
  if (args[1]?.literal !== true) return formatType(type);
  return type.kind === 'NULL' ? null : longTypeName(type);
}

/** As Flink keeps a type in a catalog: without short names such as STRING and TIMESTAMP_LTZ. */
function longTypeName(type: DataType): string {
  // Names of fields stand in back-ticks and stay as they are.
  return formatType(type).replace(/`[^`]*`|STRING|BYTES|TIMESTAMP_LTZ\((\d)\)/g, (found, precision?: string) => {
    if (precision !== undefined) return `TIMESTAMP(${precision}) WITH LOCAL TIME ZONE`;
    return { STRING: `VARCHAR(${MAX_LENGTH})`, BYTES: `VARBINARY(${MAX_LENGTH})` }[found] ?? found;
  });
}

function constant(value: string | null): ReturnType<typeof inline> {
  const code = JSON.stringify(value);
  return inline(() => code);
}
