import type { DefineFunction } from '../parse/field.js';
import type { Expression } from '../parse/expression.js';
import type { Code } from './code.js';
import { refuseLine, type Compilation } from './compilation.js';
import { FUNCTIONS } from './functions/function-table.js';
import { RowFailure } from './row.js';
import { castCode, Scope } from './scope.js';
import { parseValue, type Value } from './value.js';

type Apply = Expression & { readonly kind: 'apply' };

export type CompileExpression = (expression: Expression, scope: Scope) => Code;

/**
 * Compiles the call of a built-in or defined function.
 *
 * `mapMissingTo` stands for the result where an operand is missing, `defaultValue` where the result is.
 */
export function compileApply(apply: Apply, scope: Scope, compileExpression: CompileExpression): Code {
  const operands = apply.operands.map(operand => compileExpression(operand, scope));
  const { compilation } = scope;
  const defined = compilation.functions.get(apply.name);
  const code =
    defined === undefined
      ? builtIn(apply, operands)
      : compileDefined(defined, operands, { compilation, line: apply.line, compileExpression });
  compilation.checkCost(code.cost, apply.line);
  return treatResult(apply, operands, code);
}

function builtIn(apply: Apply, operands: readonly Code[]): Code {
  if (!Object.hasOwn(FUNCTIONS, apply.name)) {
    refuseLine(
      apply.line,
      `the function "${apply.name}" is not known`,
      'define it with DefineFunction, or use the built-in functions of PMML 4.4',
    );
  }
  return FUNCTIONS[apply.name]!(operands, { name: apply.name, line: apply.line });
}

function treatResult(apply: Apply, operands: readonly Code[], code: Code): Code {
  const { mapMissingTo, defaultValue, invalidValues } = apply;
  if (mapMissingTo === undefined && defaultValue === undefined && invalidValues !== 'asMissing') return code;
  const parse = (text: string | undefined): Value => (text === undefined ? undefined : parseValue(text, code.dataType));
  const [missing, absent] = [parse(mapMissingTo), parse(defaultValue)];
  return {
    dataType: code.dataType,
    opType: code.opType,
    cost: code.cost + operands.length,
    evaluate: row => {
      if (mapMissingTo !== undefined && operands.some(operand => operand.evaluate(row) === undefined)) return missing;
      try {
        return code.evaluate(row) ?? absent;
      } catch (error) {
        if (error instanceof RowFailure && invalidValues === 'asMissing') return absent;
        throw error;
      }
    },
  };
}

interface CallContext {
  readonly compilation: Compilation;
  readonly line: number;
  readonly compileExpression: CompileExpression;
}

/**
 * A defined function is compiled once for each list of types of its operands. Its parameters are slots of the row: a
 * function cannot be under way twice, since one that calls itself is refused.
 */
function compileDefined(defined: DefineFunction, operands: readonly Code[], context: CallContext): Code {
  const { line } = context;
  const { parameters } = defined;
  if (operands.length !== parameters.length) {
    refuseLine(line, `the function "${defined.name}" takes ${parameters.length} operands, not ${operands.length}`);
  }
  const typed = operands.map((operand, i) => {
    const { name, dataType, opType } = parameters[i]!;
    return dataType === undefined
      ? operand
      : castCode(operand, { dataType, opType: opType ?? operand.opType }, `the parameter "${name}" of "${defined.name}"`);
  });
  const { code, slots } = instanceOf(defined, typed, context);
  return {
    dataType: code.dataType,
    opType: code.opType,
    cost: typed.reduce((sum, operand) => sum + operand.cost, code.cost + 1),
    evaluate: row => {
      const values = typed.map(operand => operand.evaluate(row));
      for (let i = 0; i < slots.length; i++) row.values[slots[i]!] = values[i];
      return code.evaluate(row);
    },
  };
}

function instanceOf(defined: DefineFunction, operands: readonly Code[], { compilation, line, compileExpression }: CallContext) {
  const key = JSON.stringify([defined.name, ...operands.map(operand => `${operand.dataType} ${operand.opType}`)]);
  const known = compilation.instances.get(key);
  if (known === 'open') refuseLine(line, `the function "${defined.name}" calls itself`);
  if (known !== undefined) return known;
  compilation.instances.set(key, 'open');
  // The body sees its parameters and nothing else.
  const scope = new Scope(compilation);
  const slots = operands.map(() => compilation.newSlot());
  for (const [i, { name }] of defined.parameters.entries()) {
    const { dataType, opType } = operands[i]!;
    const slot = slots[i]!;
    scope.define(name, () => ({ dataType, opType, cost: 1, evaluate: row => row.values[slot] }), defined.line);
  }
  const body = compileExpression(defined.body, scope);
  const { dataType, opType } = defined;
  const code =
    dataType === undefined ? { ...body, opType } : castCode(body, { dataType, opType }, `the result of the function "${defined.name}"`);
  const instance = { code, slots };
  compilation.instances.set(key, instance);
  return instance;
}
