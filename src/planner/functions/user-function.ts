import type { FunctionObject, ScalarImplementation, TableImplementation } from '../../catalog/function-object.js';
import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import { arrayOf, formatType, type DataType } from '../../spec/data-type.js';
import { fromJs } from '../../spec/from-js.js';
import { toJs } from '../../spec/to-js.js';
import { defineFunction, pure } from './define-function.js';
import type { ScalarFunction } from './function.js';
import type { Parameter } from './parameters.js';
import { implicitCast } from './type-rules.js';

type Implementation = ScalarImplementation | TableImplementation;

/**
 * A user's function as the binder takes it. A table function gives its rows as `ARRAY<ROW<…>>`.
 *
 * @param name tells functions of one plan apart, and is what EXPLAIN shows.
 */
export function userFunction({ name: { object } }: FunctionObject, implementation: Implementation, name: string): ScalarFunction {
  const { parameters, variadic, nulls, deterministic } = implementation;
  const returns = resultType(implementation);
  return defineFunction({
    name,
    family: 'auxiliary',
    signature: signatureOf(object, implementation),
    doc: '',
    examples: [],
    deterministic,
    overloads: [
      {
        parameters: parameters.map(parameter),
        optional: variadic ? 1 : 0,
        ...(variadic && { repeat: 'last' }),
        returns,
        nulls,
        returnsNull: returns.nullable,
        evaluator: ({ parameters: types }) => pure(evaluatorOf(object, implementation, types)),
      },
    ],
  });
}

/** What a call gives: the type of a scalar function, an array of the rows of a table function. */
function resultType(implementation: Implementation): DataType {
  if (implementation.kind === 'scalar') return implementation.returns;
  return { ...arrayOf({ kind: 'ROW', fields: implementation.columns, nullable: false }), nullable: false };
}

/** `shout(STRING, INT...)`. */
export function signatureOf(name: string, { parameters, variadic }: Implementation): string {
  const types = parameters.map(type => formatType(type, 'ignore'));
  return `${name}(${types.join(', ')}${variadic ? '...' : ''})`;
}

function parameter(type: DataType): Parameter {
  return argument => (implicitCast(argument.type, type) ? type : undefined);
}

function evaluatorOf(name: string, implementation: Implementation, parameters: readonly DataType[]): (...args: Value[]) => Value {
  const { kind, evaluate } = implementation;
  const readers = parameters.map(type => toJs(type));
  const write = fromJs(resultType(implementation), `function "${name}"`);
  return (...args) => {
    const given = args.map((argument, i) => readers[i]!(argument));
    return write(called(name, () => (kind === 'table' ? rowsOf(evaluate(...given), name) : evaluate(...given))));
  };
}

/** The rows in an array, however the function gives them. */
function rowsOf(result: unknown, name: string): unknown {
  if (typeof result === 'object' && result !== null && Symbol.iterator in result) return Array.from(result as Iterable<unknown>);
  throw failed(name, 'it gave no array of rows', undefined);
}

function called(name: string, call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    if (MillraceError.is(thrown)) throw thrown;
    throw failed(name, `it threw ${thrown instanceof Error ? thrown.name : 'a value that is no Error'}${placeOf(thrown)}`, thrown);
  }
}

function failed(name: string, what: string, cause: unknown): MillraceError {
  return new MillraceError({
    code: 'FUNCTION_FAILED',
    message: `function "${name}" failed: ${what}`,
    cause,
    notes:
      cause instanceof Error
        ? [{ message: 'what it says may hold values of the row, so it is not shown; it is the cause of this error' }]
        : [],
  });
}

/** ` at shout.mjs:3:11`, from the topmost line of the stack that is in a file. */
function placeOf(thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const line = stack.split('\n').find(each => /^ {4}at .*file:/.test(each));
  const place = line === undefined ? null : /([^/]+:\d+:\d+)\)?$/.exec(line);
  return place === null ? '' : ` at ${place[1]}`;
}
