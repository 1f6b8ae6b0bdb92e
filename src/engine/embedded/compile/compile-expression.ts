import { MillraceError } from '../../../common/error.js';
import type { FunctionEnvironment, Resolution } from '../../../planner/functions/function.js';
import type {
  BoundCase,
  BoundExpression,
  BoundExpressionKind,
  BoundIs,
  BoundLiteral,
  BoundLogical,
} from '../../../planner/logical/expression.js';
import { storageOf, type Value } from '../../../spec/batch.js';
import type { CodeWriter } from './code-writer.js';

/** A computed value as JavaScript: `value` means nothing where `isNull` is true. Both are names or literals, free to repeat. */
export interface Compiled {
  readonly value: string;
  /** `'true'` or `'false'` where it is known. */
  readonly isNull: string;
}

export interface ExpressionScope {
  readonly writer: CodeWriter;
  readonly environment: FunctionEnvironment;
  /** The value of an input column in the current row. */
  column(index: number): Compiled;
}

type Compiler<Kind extends BoundExpressionKind> = (
  expression: Extract<BoundExpression, { kind: Kind }>,
  scope: ExpressionScope,
) => Compiled;

/**
 * Writes the statements that compute an expression for the current row. Values have the form of `Value`.
 *
 * Branches of CASE and right operands of AND and OR stand in blocks of their own, so that they run only where they are
 * reached.
 */
export function compileExpression(expression: BoundExpression, scope: ExpressionScope): Compiled {
  const compile = COMPILERS[expression.kind] as Compiler<BoundExpressionKind>;
  return compile(expression, scope);
}

const COMPILERS: { readonly [Kind in BoundExpressionKind]: Compiler<Kind> } = {
  column: ({ index }, scope) => scope.column(index),
  literal: compileLiteral,
  call: ({ resolution, arguments: args }, scope) => compileCall(resolution, args, scope),
  cast: ({ resolution, operand }, scope) => compileCall(resolution, [operand], scope),
  logical: compileLogical,
  not(expression, scope) {
    const operand = compileExpression(expression.operand, scope);
    return { value: `(!${operand.value})`, isNull: operand.isNull };
  },
  is: compileIs,
  case: compileCase,
  field({ operand, index }, scope) {
    const row = compileExpression(operand, scope);
    const name = scope.writer.fresh('v');
    scope.writer.line(`const ${name} = ${row.isNull === 'false' ? '' : `${row.isNull} ? null : `}${row.value}[${index}];`);
    return { value: name, isNull: `(${name} === null)` };
  },
  'model-call': notCompiled,
  'outer-column': notCompiled,
  subquery: notCompiled,
};

/** Rules have turned these into columns. */
function notCompiled({ kind }: BoundExpression): never {
  throw new MillraceError({ code: 'INTERNAL', message: `a ${kind} reached the expression compiler` });
}

function compileLiteral({ value }: BoundLiteral, { writer }: ExpressionScope): Compiled {
  if (value === null) return { value: 'null', isNull: 'true' };
  if (typeof value === 'boolean') return { value: String(value), isNull: 'false' };
  if (typeof value === 'number' && !Object.is(value, -0)) return { value: value < 0 ? `(${value})` : String(value), isNull: 'false' };
  return { value: writer.bind('k', value), isNull: 'false' };
}

function compileCall(resolution: Resolution, args: readonly BoundExpression[], scope: ExpressionScope): Compiled {
  const { writer } = scope;
  const compiled = args.map(each => compileExpression(each, scope));
  const { evaluator } = resolution;
  const isCustom = resolution.nulls === 'custom';
  const values = compiled.map(each => (isCustom ? orNull(each) : each.value));
  let code: string;
  if (evaluator.kind === 'inline') {
    if (evaluator.helpers) writer.bindHelpers(evaluator.helpers);
    code = evaluator.code(values);
  } else {
    code = `${writer.bind('f', evaluator.create(scope.environment))}(${values.join(', ')})`;
  }
  const anyNull = isCustom ? 'false' : either(compiled.map(each => each.isNull));
  const name = writer.fresh('v');
  if (anyNull === 'true') return { value: 'null', isNull: 'true' };
  writer.line(`const ${name} = ${anyNull === 'false' ? code : `${anyNull} ? ${blank(resolution)} : ${code}`};`);
  if (!resolution.returnsNull) return { value: name, isNull: anyNull === 'false' ? 'false' : named(anyNull, writer) };
  return { value: name, isNull: named(anyNull === 'false' ? `${name} === null` : `${anyNull} || ${name} === null`, writer) };
}

/** What stands in for a NULL result: of the result's own JavaScript type, so that the variable keeps one representation. */
function blank({ type }: Resolution): string {
  const storage = storageOf(type);
  return storage === 'float64' ? '0' : storage === 'boolean' ? 'false' : 'null';
}

function orNull({ value, isNull }: Compiled): string {
  return isNull === 'false' ? value : isNull === 'true' ? 'null' : `(${isNull} ? null : ${value})`;
}

function either(conditions: readonly string[]): string {
  const open = [...new Set(conditions.filter(each => each !== 'false'))];
  if (open.includes('true')) return 'true';
  return open.length === 0 ? 'false' : open.length === 1 ? open[0]! : `(${open.join(' || ')})`;
}

function named(code: string, writer: CodeWriter): string {
  const name = writer.fresh('n');
  writer.line(`const ${name} = ${code};`);
  return name;
}

/** AND: false if a side is false, else NULL if a side is NULL. OR mirrors it. */
function compileLogical({ operator, left, right }: BoundLogical, scope: ExpressionScope): Compiled {
  const { writer } = scope;
  const [value, isNull] = [writer.fresh('v'), writer.fresh('n')];
  const decides = operator === 'AND' ? 'false' : 'true';
  writer.line(`let ${value} = ${decides}, ${isNull} = false;`);
  const first = compileExpression(left, scope);
  const undecided = operator === 'AND' ? first.value : `!${first.value}`;
  writer.block(`if (${first.isNull === 'false' ? undecided : `${first.isNull} || ${undecided}`})`, () => {
    const second = compileExpression(right, scope);
    const anyNull = either([first.isNull, second.isNull]);
    const decided = `${second.isNull === 'false' ? '' : `!${second.isNull} && `}${operator === 'AND' ? '!' : ''}${second.value}`;
    if (anyNull === 'false') writer.line(`${value} = ${second.value};`);
    else writer.line(`if (!(${decided})) { if (${anyNull}) ${isNull} = true; else ${value} = ${operator === 'AND'}; }`);
  });
  return { value, isNull: left.type.nullable || right.type.nullable ? isNull : 'false' };
}

function compileIs({ test, not, operand }: BoundIs, scope: ExpressionScope): Compiled {
  const compiled = compileExpression(operand, scope);
  const holds =
    test === 'NULL'
      ? compiled.isNull
      : `(${compiled.isNull === 'false' ? '' : `!${compiled.isNull} && `}${test === 'TRUE' ? '' : '!'}${compiled.value})`;
  return { value: not ? `(!${holds})` : holds, isNull: 'false' };
}

function compileCase(expression: BoundCase, scope: ExpressionScope): Compiled {
  const { writer } = scope;
  const [value, isNull] = [writer.fresh('v'), writer.fresh('n')];
  const storage = storageOf(expression.type);
  writer.line(`let ${value} = ${storage === 'float64' ? '0' : storage === 'boolean' ? 'false' : 'null'}, ${isNull} = true;`);
  const assign = (result: BoundExpression): void => {
    const compiled = compileExpression(result, scope);
    if (compiled.isNull === 'true') return;
    const set = `${value} = ${compiled.value}; ${isNull} = false;`;
    writer.line(compiled.isNull === 'false' ? set : `if (!${compiled.isNull}) { ${set} }`);
  };
  const writeFrom = (branch: number): void => {
    const next = expression.branches[branch];
    if (!next) {
      assign(expression.otherwise);
      return;
    }
    const when = compileExpression(next.when, scope);
    writer.block(`if (${when.isNull === 'false' ? '' : `!${when.isNull} && `}${when.value})`, () => assign(next.then));
    writer.block('else', () => writeFrom(branch + 1));
  };
  writeFrom(0);
  return { value, isNull };
}

/** The value of an expression without columns. */
export function evaluateConstant(expression: BoundExpression, scope: Omit<ExpressionScope, 'column'>): Value {
  const compiled = compileExpression(expression, {
    ...scope,
    column: () => {
      throw new MillraceError({ code: 'INTERNAL', message: 'a constant expression names a column' });
    },
  });
  scope.writer.line(`return ${orNull(compiled)};`);
  return scope.writer.compile<() => Value>([])();
}
