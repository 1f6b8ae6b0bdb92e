import { BOOLEAN, type DataType } from '../../spec/data-type.js';
import { compareBytes, compareText, equalBytes, equalValues } from './compare-values.js';
import { scaleUpCode, scaleUpHelpers } from './convert-number.js';
import { countDoesNotFit, inline, resolutionOf, typesDoNotFit } from './define-function.js';
import type { BoundArgument, InlineEvaluator, ScalarFunction } from './function.js';
import { likeFunctions } from './like.js';
import { asDecimal, comparisonType, isBytes, isConstructed, isText } from './type-rules.js';

/** What two arguments are cast to, and the code of a test over them. */
interface Comparison {
  readonly parameters: readonly [DataType, DataType];
  readonly code: (a: string, b: string, sign: string) => string;
  readonly helpers?: Readonly<Record<string, unknown>>;
  readonly ordered: boolean;
}

/** How `=`, `<` and the like compare these types; `undefined` where they cannot. Signs are those of JavaScript. */
function comparisonOf(args: readonly BoundArgument[]): Comparison | undefined {
  const [a, b] = [args[0]!.type, args[1]!.type];
  const common = comparisonType(a, b);
  if (common === undefined) return undefined;
  if (common.kind === 'DECIMAL') return compareDecimals(a, b);
  if (isText(common)) return compareStrings(a, b);
  const parameters: readonly [DataType, DataType] = [common, common];
  if (isBytes(common)) {
    const code = (x: string, y: string, sign: string): string =>
      isEquality(sign) ? `${negation(sign)}equalBytes(${x}, ${y})` : `(compareBytes(${x}, ${y}) ${sign} 0)`;
    return { parameters, code, helpers: { equalBytes, compareBytes }, ordered: true };
  }
  if (isConstructed(common)) {
    return { parameters, code: (x, y, sign) => `${negation(sign)}equalValues(${x}, ${y})`, helpers: { equalValues }, ordered: false };
  }
  return { parameters, code: (x, y, sign) => `(${x} ${sign} ${y})`, ordered: true };
}

function isEquality(sign: string): boolean {
  return sign === '===' || sign === '!==';
}

function negation(sign: string): string {
  return sign === '!==' ? '!' : '';
}

/** Over unscaled values, the one with fewer digits after the point scaled up. */
function compareDecimals(a: DataType, b: DataType): Comparison {
  const left = asDecimal(a) ?? asDecimal(b)!;
  const right = asDecimal(b) ?? left;
  const scale = Math.max(left.scale, right.scale);
  return {
    parameters: [left, right],
    code: (x, y, sign) => `(${scaleUpCode(x, scale - left.scale)} ${sign} ${scaleUpCode(y, scale - right.scale)})`,
    helpers: scaleUpHelpers,
    ordered: true,
  };
}

function compareStrings(a: DataType, b: DataType): Comparison {
  return {
    parameters: [isText(a) ? a : b, isText(b) ? b : a],
    code: (x, y, sign) => (isEquality(sign) ? `(${x} ${sign} ${y})` : `(compareText(${x}, ${y}) ${sign} 0)`),
    helpers: { compareText },
    ordered: true,
  };
}

type Head = Pick<ScalarFunction, 'name' | 'signature' | 'doc' | 'examples'>;

function comparison(sign: string, head: Head): ScalarFunction {
  return {
    ...head,
    family: 'comparison',
    resolve(args) {
      const { parameters, code, helpers } = fitting(head, args, isEquality(sign));
      return resolutionOf({ call: { args, parameters }, type: BOOLEAN, evaluator: inline((a, b) => code(a, b, sign), helpers) });
    },
  };
}

function fitting(head: Head, args: readonly BoundArgument[], isEqualityTest: boolean): Comparison {
  if (args.length !== 2) throw countDoesNotFit(head, args.length);
  const found = comparisonOf(args);
  if (found === undefined || (!isEqualityTest && !found.ordered)) throw typesDoNotFit(head, args);
  return found;
}

/** `IS [NOT] DISTINCT FROM`: never NULL. */
function distinctness(sign: '===' | '!==', head: Head): ScalarFunction {
  return {
    ...head,
    family: 'comparison',
    resolve(args) {
      const { parameters, code, helpers } = fitting(head, args, true);
      return resolutionOf({ call: { args, parameters }, type: BOOLEAN, nulls: 'custom', evaluator: nullSafe(code, sign, helpers) });
    },
  };
}

function nullSafe(code: Comparison['code'], sign: '===' | '!==', helpers: Comparison['helpers']): InlineEvaluator {
  return inline((a, b) => `(${a} === null || ${b} === null ? ${a} ${sign} ${b} : ${code(a, b, sign)})`, helpers);
}

/** Comparison operators; BETWEEN and IN are made of them. */
export const comparisonFunctions: readonly ScalarFunction[] = [
  comparison('===', {
    name: '=',
    signature: 'a = b',
    doc: 'Whether two values are equal; NULL where one of them is.',
    examples: [
      { sql: '1 = 1.0', result: 'TRUE' },
      { sql: "'a' = 'b'", result: 'FALSE' },
      { sql: 'ARRAY[1, 2] = ARRAY[1, 2]', result: 'TRUE' },
      { sql: "DATE '2026-01-01' = '2026-01-01'", result: 'TRUE' },
      { sql: '1 = CAST(NULL AS INT)', result: 'NULL' },
    ],
  }),
  comparison('!==', {
    name: '<>',
    signature: 'a <> b',
    doc: 'Whether two values differ; NULL where one of them is.',
    examples: [
      { sql: '1.50 <> 1.5', result: 'FALSE' },
      { sql: "X'01' <> X'02'", result: 'TRUE' },
    ],
  }),
  comparison('<', {
    name: '<',
    signature: 'a < b',
    doc: 'Whether the first value is less than the second; texts are compared by their code points.',
    examples: [
      { sql: "'a' < 'b'", result: 'TRUE' },
      { sql: '0.1 < 0.09', result: 'FALSE' },
      { sql: 'FALSE < TRUE', result: 'TRUE' },
    ],
  }),
  comparison('<=', {
    name: '<=',
    signature: 'a <= b',
    doc: 'Whether the first value is less than or equal to the second.',
    examples: [{ sql: '2 <= 2', result: 'TRUE' }],
  }),
  comparison('>', {
    name: '>',
    signature: 'a > b',
    doc: 'Whether the first value is greater than the second.',
    examples: [{ sql: "TIMESTAMP '2026-01-02 00:00:00' > DATE '2026-01-01'", result: 'TRUE' }],
  }),
  comparison('>=', {
    name: '>=',
    signature: 'a >= b',
    doc: 'Whether the first value is greater than or equal to the second.',
    examples: [{ sql: "X'02' >= X'0100'", result: 'TRUE' }],
  }),
  distinctness('!==', {
    name: 'IS DISTINCT FROM',
    signature: 'a IS DISTINCT FROM b',
    doc: 'Whether two values differ, where NULL is a value like any other.',
    examples: [
      { sql: '1 IS DISTINCT FROM CAST(NULL AS INT)', result: 'TRUE' },
      { sql: '1 IS DISTINCT FROM 1', result: 'FALSE' },
    ],
  }),
  distinctness('===', {
    name: 'IS NOT DISTINCT FROM',
    signature: 'a IS NOT DISTINCT FROM b',
    doc: 'Whether two values are equal, where NULL is a value like any other.',
    examples: [{ sql: 'CAST(NULL AS INT) IS NOT DISTINCT FROM CAST(NULL AS INT)', result: 'TRUE' }],
  }),
  ...likeFunctions,
];
