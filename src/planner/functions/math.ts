import { MillraceError } from '../../common/error.js';
import { DOUBLE, INT, STRING } from '../../spec/data-type.js';
import { defineFunction, inline, perJob, pure } from './define-function.js';
import type { FunctionEnvironment, InlineEvaluator, ScalarFunction } from './function.js';
import { JavaRandom } from './java-random.js';
import { bigint, double, integer, text } from './parameters.js';

interface MathFunction {
  readonly name: string;
  readonly doc: string;
  readonly example: readonly [sql: string, result: string];
  readonly evaluator: InlineEvaluator;
}

/** A function of one DOUBLE. */
function unary({ name, doc, example: [sql, result], evaluator }: MathFunction): ScalarFunction {
  return defineFunction({
    name,
    family: 'arithmetic',
    signature: `${name}(number)`,
    doc,
    examples: [{ sql, result }],
    overloads: [{ parameters: [double], returns: DOUBLE, evaluator }],
  });
}

// The formulas of Java where its libraries differ from JavaScript's.
const LOG_2 = 'Math.log(2)';
const DEGREES_PER_RADIAN = 57.295_779_513_082_32;
const RADIANS_PER_DEGREE = 0.017_453_292_519_943_295;

const UNARY: readonly MathFunction[] = [
  { name: 'SQRT', doc: 'The square root.', example: ['SQRT(25)', '5.0'], evaluator: inline(x => `Math.sqrt(${x})`) },
  { name: 'EXP', doc: 'The exponential function.', example: ['EXP(0)', '1.0'], evaluator: inline(x => `Math.exp(${x})`) },
  { name: 'LN', doc: 'The natural logarithm.', example: ['LN(1)', '0.0'], evaluator: inline(x => `Math.log(${x})`) },
  { name: 'LOG2', doc: 'The logarithm to base 2.', example: ['LOG2(2)', '1.0'], evaluator: inline(x => `(Math.log(${x}) / ${LOG_2})`) },
  { name: 'LOG10', doc: 'The logarithm to base 10.', example: ['LOG10(1000)', '3.0'], evaluator: inline(x => `Math.log10(${x})`) },
  { name: 'SIN', doc: 'The sine.', example: ['SIN(0)', '0.0'], evaluator: inline(x => `Math.sin(${x})`) },
  { name: 'COS', doc: 'The cosine.', example: ['COS(0)', '1.0'], evaluator: inline(x => `Math.cos(${x})`) },
  { name: 'TAN', doc: 'The tangent.', example: ['TAN(0)', '0.0'], evaluator: inline(x => `Math.tan(${x})`) },
  { name: 'COT', doc: 'The cotangent.', example: ['COT(1)', '0.6420926159343306'], evaluator: inline(x => `(1 / Math.tan(${x}))`) },
  { name: 'ASIN', doc: 'The arc sine.', example: ['ASIN(0)', '0.0'], evaluator: inline(x => `Math.asin(${x})`) },
  { name: 'ACOS', doc: 'The arc cosine.', example: ['ACOS(1)', '0.0'], evaluator: inline(x => `Math.acos(${x})`) },
  { name: 'ATAN', doc: 'The arc tangent.', example: ['ATAN(0)', '0.0'], evaluator: inline(x => `Math.atan(${x})`) },
  { name: 'SINH', doc: 'The hyperbolic sine.', example: ['SINH(0)', '0.0'], evaluator: inline(x => `Math.sinh(${x})`) },
  { name: 'COSH', doc: 'The hyperbolic cosine.', example: ['COSH(0)', '1.0'], evaluator: inline(x => `Math.cosh(${x})`) },
  { name: 'TANH', doc: 'The hyperbolic tangent.', example: ['TANH(0)', '0.0'], evaluator: inline(x => `Math.tanh(${x})`) },
  {
    name: 'DEGREES',
    doc: 'Radians as degrees.',
    example: ['DEGREES(PI())', '180.0'],
    evaluator: inline(x => `(${x} * ${DEGREES_PER_RADIAN})`),
  },
  {
    name: 'RADIANS',
    doc: 'Degrees as radians.',
    example: ['RADIANS(180)', '3.141592653589793'],
    evaluator: inline(x => `(${x} * ${RADIANS_PER_DEGREE})`),
  },
];

function randomInteger(bound: number, environment: FunctionEnvironment): number {
  checkBound(bound);
  return Math.floor(environment.random() * bound);
}

function checkBound(bound: number): void {
  if (bound <= 0)
    throw new MillraceError({ code: 'INVALID_VALUE', message: `the bound of RAND_INTEGER must be positive, and ${bound} is not` });
}

/** The generator of a call with a seed: it starts over only when the seed changes. */
function seededGenerator(): (seed: number) => JavaRandom {
  let lastSeed: number | undefined;
  let generator = new JavaRandom(0);
  return seed => {
    if (seed !== lastSeed) {
      generator = new JavaRandom(seed);
      lastSeed = seed;
    }
    return generator;
  };
}

/** Functions of numbers that are not operators. */
export const mathFunctions: readonly ScalarFunction[] = [
  ...UNARY.map(unary),
  defineFunction({
    name: 'LOG',
    family: 'arithmetic',
    signature: 'LOG([base,] number)',
    doc: 'The natural logarithm, or the one to a base.',
    examples: [
      { sql: 'LOG(10, 100)', result: '2.0' },
      { sql: 'LOG(1)', result: '0.0' },
      { sql: 'LOG(-1)', result: 'NaN' },
    ],
    overloads: [
      { parameters: [double], returns: DOUBLE, evaluator: inline(x => `Math.log(${x})`) },
      { parameters: [double, double], returns: DOUBLE, evaluator: inline((base, x) => `(Math.log(${x}) / Math.log(${base}))`) },
    ],
  }),
  defineFunction({
    name: 'POWER',
    family: 'arithmetic',
    signature: 'POWER(base, exponent)',
    doc: 'The base raised to the exponent.',
    examples: [{ sql: 'POWER(2, 10)', result: '1024.0' }],
    overloads: [{ parameters: [double, double], returns: DOUBLE, evaluator: inline((base, exponent) => `Math.pow(${base}, ${exponent})`) }],
  }),
  defineFunction({
    name: 'ATAN2',
    family: 'arithmetic',
    signature: 'ATAN2(y, x)',
    doc: 'The angle of the point (x, y).',
    examples: [{ sql: 'ATAN2(0, 1)', result: '0.0' }],
    overloads: [{ parameters: [double, double], returns: DOUBLE, evaluator: inline((y, x) => `Math.atan2(${y}, ${x})`) }],
  }),
  defineFunction({
    name: 'PI',
    family: 'arithmetic',
    signature: 'PI()',
    doc: 'The number pi.',
    examples: [{ sql: 'PI()', result: '3.141592653589793' }],
    overloads: [{ parameters: [], returns: DOUBLE, evaluator: inline(() => 'Math.PI') }],
  }),
  defineFunction({
    name: 'E',
    family: 'arithmetic',
    signature: 'E()',
    doc: "Euler's number.",
    examples: [{ sql: 'E()', result: '2.718281828459045' }],
    overloads: [{ parameters: [], returns: DOUBLE, evaluator: inline(() => 'Math.E') }],
  }),
  defineFunction({
    name: 'RAND',
    family: 'arithmetic',
    signature: 'RAND([seed])',
    doc: 'A random number from 0 (inclusive) to 1 (exclusive); with a seed, the numbers of Java for that seed.',
    examples: [{ sql: 'RAND(1)', result: '0.7308781907032909' }],
    deterministic: false,
    overloads: [
      {
        parameters: [],
        returns: DOUBLE,
        evaluator: perJob(environment => () => environment.random()),
      },
      {
        parameters: [integer],
        returns: DOUBLE,
        evaluator: perJob(() => {
          const generatorOf = seededGenerator();
          return (seed: number) => generatorOf(seed).nextDouble();
        }),
      },
    ],
  }),
  defineFunction({
    name: 'RAND_INTEGER',
    family: 'arithmetic',
    signature: 'RAND_INTEGER([seed,] bound)',
    doc: 'A random whole number from 0 (inclusive) to the bound (exclusive); with a seed, the numbers of Java for that seed.',
    examples: [{ sql: 'RAND_INTEGER(3, 99)', result: '50' }],
    deterministic: false,
    overloads: [
      {
        parameters: [integer],
        returns: INT,
        evaluator: perJob(environment => (bound: number) => randomInteger(bound, environment)),
      },
      {
        parameters: [integer, integer],
        returns: INT,
        evaluator: perJob(() => {
          const generatorOf = seededGenerator();
          return (seed: number, bound: number) => {
            checkBound(bound);
            return generatorOf(seed).nextInt(bound);
          };
        }),
      },
    ],
  }),
  defineFunction({
    name: 'BIN',
    family: 'arithmetic',
    signature: 'BIN(integer)',
    doc: "The binary digits of an integer, as two's complement of 64 bits where it is negative.",
    examples: [{ sql: 'BIN(12)', result: '1100' }],
    overloads: [{ parameters: [bigint], returns: STRING, evaluator: pure((value: number | bigint) => unsigned(value).toString(2)) }],
  }),
  defineFunction({
    name: 'HEX',
    family: 'arithmetic',
    signature: 'HEX(integer | string)',
    doc: 'The hexadecimal digits of an integer, or of the UTF-8 bytes of a text.',
    examples: [
      { sql: 'HEX(20)', result: '14' },
      { sql: 'HEX(-1)', result: 'FFFFFFFFFFFFFFFF' },
      { sql: "HEX('hello')", result: '68656C6C6F' },
    ],
    overloads: [
      { parameters: [bigint], returns: STRING, evaluator: pure((value: number | bigint) => unsigned(value).toString(16).toUpperCase()) },
      { parameters: [text], returns: STRING, evaluator: pure((value: string) => Buffer.from(value).toString('hex').toUpperCase()) },
    ],
  }),
];

function unsigned(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}
