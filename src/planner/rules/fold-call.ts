import { evaluatorFunction } from '../functions/conversion.js';
import type { FunctionEnvironment, Resolution } from '../functions/function.js';
import { isInteger } from '../functions/type-rules.js';
import { operandsOf, type BoundCall, type BoundCast, type BoundExpression } from '../logical/expression.js';
import type { Value } from '../../spec/batch.js';
import { isNumber, type DataType, type DataTypeKind } from '../../spec/data-type.js';

/** Types whose values stand in a plan as literals; those of others are built where they are needed. */
const LITERAL_KINDS: ReadonlySet<DataTypeKind> = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'CHAR',
  'VARCHAR',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_LTZ',
  'INTERVAL_YEAR_MONTH',
  'INTERVAL_DAY_TIME',
]);

/** Characters of a text that a plan holds at most. */
const LONG_TEXT = 1_000;

/** Above this a count can make a text or array that takes long to build, although nobody may ever read it. */
const LARGE_COUNT = 10_000;

/**
 * The value of a call or cast whose operands are constant, as a literal of the same type; `undefined` where only the
 * running job knows it: where it fails, comes out otherwise each time, or depends on the session.
 */
export function foldCall(expression: BoundCall | BoundCast): BoundExpression | undefined {
  if (!LITERAL_KINDS.has(expression.type.kind)) return undefined;
  const value = valueOf(expression);
  if (value === undefined || (typeof value === 'string' && value.length > LONG_TEXT)) return undefined;
  return { kind: 'literal', value, type: expression.type };
}

function valueOf(expression: BoundExpression): Value | undefined {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind !== 'call' && expression.kind !== 'cast') return undefined;
  if (expression.kind === 'call' && !expression.deterministic) return undefined;
  const operands = operandsOf(expression);
  const canGrow = expression.kind === 'call' && !isNumber(expression.type);
  const values: Value[] = [];
  for (const operand of operands) {
    const value = valueOf(operand);
    if (value === undefined || (canGrow && isLargeCount(value, operand.type))) return undefined;
    values.push(value);
  }
  return valueOfCall(expression.resolution, values);
}

function isLargeCount(value: Value, type: DataType): boolean {
  return isInteger(type) && (value as number | bigint) > LARGE_COUNT;
}

function valueOfCall({ nulls, evaluator }: Resolution, values: readonly Value[]): Value | undefined {
  if (nulls === 'strict' && values.includes(null)) return null;
  let isAsked = false;
  const ask = (): never => {
    isAsked = true;
    throw new Error('a plan knows nothing of the job');
  };
  const environment: FunctionEnvironment = {
    get timeZone(): never {
      return ask();
    },
    now: ask,
    random: ask,
  };
  try {
    const value = evaluatorFunction(evaluator, values.length, environment)(...values);
    return isAsked ? undefined : value;
  } catch {
    // It fails in the job as well, in the rows that come to it.
    return undefined;
  }
}
