import { STRING, formatType, type DataType } from '../../spec/data-type.js';
import { comparatorOf } from './compare-values.js';
import { defineFunction, inline, perJob, pure, resolutionOf, typesDoNotFit, countDoesNotFit } from './define-function.js';
import type { FunctionEnvironment, ScalarFunction } from './function.js';
import { any } from './parameters.js';
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
    signature: 'TYPEOF(value)',
    doc: "The name of the value's type.",
    examples: [
      { sql: 'TYPEOF(1)', result: 'INT NOT NULL' },
      { sql: 'TYPEOF(CAST(NULL AS DECIMAL(10, 2)))', result: 'DECIMAL(10, 2)' },
    ],
    overloads: [
      { parameters: [any], returns: { ...STRING, nullable: false }, nulls: 'custom', evaluator: ({ args }) => typeName(args[0]!.type) },
    ],
  }),
];

function typeName(type: DataType): ReturnType<typeof inline> {
  const name = JSON.stringify(formatType(type));
  return inline(() => name);
}
