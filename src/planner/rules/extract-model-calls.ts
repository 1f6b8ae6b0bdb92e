import { MillraceError } from '../../common/error.js';
import { BOOLEAN, withNullable, type DataType } from '../../spec/data-type.js';
import { digestExpression } from '../logical/digest.js';
import {
  hasModelCall,
  isDeterministic,
  operandsOf,
  replaceColumns,
  someExpression,
  withOperands,
  type BoundExpression,
  type BoundModelCall,
} from '../logical/expression.js';
import { inputsOf, withInputs, type Filter, type LogicalNode, type Predict, type Project, type Unnest } from '../logical/node.js';
import { expressionsOf } from '../logical/node-expressions.js';
import { appendColumns, columnOf, keepColumns, project, uniqueName } from '../logical/project.js';
import { splitConjunction, conjunction } from '../logical/conjunction.js';
import type { Rule } from './rule.js';

/**
 * Turns each scalar ML_PREDICT into a column of a Predict node below.
 *
 *     Project(CASE WHEN a > 1 THEN ML_PREDICT(m, x) END)
 *     → Project(CASE WHEN a > 1 THEN $model END) over Predict(m, [x], only where a > 1)
 *
 * A call inside CASE, AND or OR gets the condition under which it is reached as its guard, so that no other row is sent.
 * Equal calls of one list are made once, for the rows that reach any of them; a list takes the answers that the filter
 * below it has asked for.
 */
export const extractModelCalls: Rule = { name: 'extract-model-calls', apply: rewrite };

function rewrite(node: LogicalNode): LogicalNode {
  const list = node.kind === 'Project' ? node : undefined;
  const below = list ? list.input : node;
  const filter = below.kind === 'Filter' ? below : undefined;
  const conditions = filter ? splitConjunction(filter.condition) : [];
  if ([...conditions, ...(list?.expressions ?? [])].some(hasModelCall))
    return extract({ list, filter, input: rewrite((filter ?? list!).input) });
  const rewritten = withInputs(node, inputsOf(node).map(rewrite));
  return rewritten.kind === 'Unnest' ? extractCollection(rewritten) : refuseCalls(rewritten);
}

/** A collection that a model gives is a column before it is unnested. */
function extractCollection(node: Unnest): LogicalNode {
  if (!hasModelCall(node.collection)) return node;
  const width = node.input.fields.length;
  const extraction = new Extraction(node.input);
  const [collection] = extraction.build([node.collection]);
  const { plan } = extraction;
  const elements = node.fields.slice(width);
  const unnest: Unnest = { ...node, input: plan, collection: collection!, fields: [...plan.fields, ...elements] };
  return keepColumns(unnest, [...node.input.fields.keys(), ...elements.map((_, i) => plan.fields.length + i)]);
}

/** Other nodes compute their expressions for pairs of rows, or where no model can be asked. */
function refuseCalls(node: LogicalNode): LogicalNode {
  for (const expression of expressionsOf(node)) {
    someExpression(expression, each => {
      if (each.kind !== 'model-call') return false;
      throw new MillraceError({
        code: 'UNSUPPORTED',
        message: 'the embedded engine calls no model here',
        span: each.call.span,
        notes: [{ message: 'call it in a subquery in FROM, and use the column' }],
      });
    });
  }
  return node;
}

/** Conditions without a call are tested first; the others one after the other, so that each call sees the rows that are left. */
function extract({ list, filter, input }: { list: Project | undefined; filter: Filter | undefined; input: LogicalNode }): LogicalNode {
  const conditions = filter ? splitConjunction(filter.condition) : [];
  const cheap = conjunction(conditions.filter(each => !hasModelCall(each)));
  const extraction = new Extraction(cheap ? filtered(input, cheap) : input);
  for (const costly of conditions.filter(hasModelCall)) {
    const [condition] = extraction.build([costly]);
    extraction.plan = filtered(extraction.plan, condition!);
  }
  if (!list) return keepColumns(extraction.plan, [...input.fields.keys()]);
  const expressions = extraction.build(list.expressions);
  return project(
    extraction.plan,
    expressions,
    list.fields.map(field => field.name),
  );
}

function filtered(input: LogicalNode, condition: BoundExpression): LogicalNode {
  return { kind: 'Filter', input, condition, fields: input.fields };
}

/** What is computed below the expressions, in a column of its own. */
type Slot = CallSlot | ConditionSlot;

interface CallSlot {
  readonly kind: 'call';
  readonly call: BoundModelCall;
  readonly arguments: readonly BoundExpression[];
  /** Equal for calls that give the same answer; `undefined` where two never do. */
  readonly digest: string | undefined;
  /** The conditions that reach the call; `undefined` once one place reaches it always. */
  guards: readonly BoundExpression[] | undefined;
}

/** A condition that guards a call and would give another result when it is computed again. */
interface ConditionSlot {
  readonly kind: 'condition';
  readonly condition: BoundExpression;
}

/**
 * The calls of lists of expressions that stand one above the other. While it works, slot k stands as column `width + k`,
 * behind the input's own columns; `build` gives each its place behind the arguments and guards that it needs.
 */
class Extraction {
  /** The input with all slots that were built. */
  plan: LogicalNode;
  readonly #width: number;
  readonly #slots: Slot[] = [];
  /** Columns of the slots that were built. */
  readonly #places: number[] = [];

  constructor(input: LogicalNode) {
    this.plan = input;
    this.#width = input.fields.length;
  }

  /** The expressions over `plan`, to which their calls are added. */
  build(expressions: readonly BoundExpression[]): BoundExpression[] {
    const extracted = expressions.map(each => this.#extract(each, undefined));
    for (const slot of this.#slots.slice(this.#places.length)) {
      this.plan = slot.kind === 'call' ? this.#predict(slot) : appendColumns(this.plan, [this.#place(slot.condition)], ['$when']);
      this.#places.push(this.plan.fields.length - 1);
    }
    return extracted.map(each => this.#place(each));
  }

  #predict({ call, arguments: args, guards }: CallSlot): LogicalNode {
    const guard = guards && this.#place(guards.reduce((left, right) => or(left, right)));
    return predict(this.plan, { call, args: args.map(each => onlyWhere(guard, this.#place(each))), guard });
  }

  #place(expression: BoundExpression): BoundExpression {
    return replaceColumns(expression, index => columnOf(this.plan, index < this.#width ? index : this.#places[index - this.#width]!));
  }

  #extract(expression: BoundExpression, guard: BoundExpression | undefined): BoundExpression {
    if (!hasModelCall(expression)) return expression;
    switch (expression.kind) {
      case 'model-call':
        return this.#register(expression, guard);
      case 'case':
        return this.#extractCase(expression, guard);
      case 'logical': {
        const left = this.#extract(expression.left, guard);
        if (!hasModelCall(expression.right)) return { ...expression, left };
        const condition = this.#repeatable(left, guard);
        const reached = isTest(condition, expression.operator === 'AND' ? 'FALSE' : 'TRUE', 'not');
        return { ...expression, left: condition, right: this.#extract(expression.right, and(guard, reached)) };
      }
      default:
        return withOperands(
          expression,
          operandsOf(expression).map(operand => this.#extract(operand, guard)),
        );
    }
  }

  #extractCase(expression: Extract<BoundExpression, { kind: 'case' }>, guard: BoundExpression | undefined): BoundExpression {
    let reached = guard;
    const branches = expression.branches.map(branch => {
      const when = this.#repeatable(this.#extract(branch.when, reached), reached);
      const then = this.#extract(branch.then, and(reached, isTest(when, 'TRUE')));
      reached = and(reached, isTest(when, 'TRUE', 'not'));
      return { when, then };
    });
    return { ...expression, branches, otherwise: this.#extract(expression.otherwise, reached) };
  }

  /** A condition that becomes a guard too is computed once, where the other place could see another result. */
  #repeatable(condition: BoundExpression, guard: BoundExpression | undefined): BoundExpression {
    if (isDeterministic(condition)) return condition;
    const type = withNullable(condition.type, true);
    const otherwise: BoundExpression = { kind: 'literal', value: null, type };
    const lazy: BoundExpression = guard ? { kind: 'case', branches: [{ when: guard, then: condition }], otherwise, type } : condition;
    return this.#add({ kind: 'condition', condition: lazy }, { name: '$when', type: lazy.type });
  }

  #register(expression: BoundModelCall, guard: BoundExpression | undefined): BoundExpression {
    const args = expression.arguments.map(each => this.#extract(each, guard));
    const field = { name: expression.call.model.name.object, type: expression.type };
    const digest = args.every(isDeterministic) ? digestExpression({ ...expression, arguments: args }) : undefined;
    for (const [index, slot] of this.#slots.entries()) {
      if (slot.kind !== 'call' || digest === undefined || slot.digest !== digest) continue;
      if (isReached(slot, guard)) return this.#column(index, field);
      // A slot that was built takes no more rows, and a guard that needs a later answer cannot be known before the call.
      if (index < this.#places.length || (guard && this.#needs(guard, index))) continue;
      slot.guards = guard && slot.guards && [...slot.guards, guard];
      return this.#column(index, field);
    }
    return this.#add({ kind: 'call', call: expression, arguments: args, digest, guards: guard && [guard] }, field);
  }

  #needs(guard: BoundExpression, slot: number): boolean {
    return someExpression(guard, each => each.kind === 'column' && each.index >= this.#width + slot);
  }

  #add(slot: Slot, field: { readonly name: string; readonly type: DataType }): BoundExpression {
    return this.#column(this.#slots.push(slot) - 1, field);
  }

  #column(slot: number, { name, type }: { readonly name: string; readonly type: DataType }): BoundExpression {
    return { kind: 'column', index: this.#width + slot, name, type };
  }
}

/** Whether the call is made for every row that passes the guard: guards grow to the right, so one holds what it began with. */
function isReached({ guards }: CallSlot, guard: BoundExpression | undefined): boolean {
  if (guards === undefined) return true;
  for (let each = guard; each !== undefined; each = each.kind === 'logical' && each.operator === 'AND' ? each.left : undefined) {
    if (guards.includes(each)) return true;
  }
  return false;
}

/** The argument for the rows that are sent: for all others it may be what cannot be computed. */
function onlyWhere(guard: BoundExpression | undefined, argument: BoundExpression): BoundExpression {
  if (guard === undefined || operandsOf(argument).length === 0) return argument;
  const type = withNullable(argument.type, true);
  return { kind: 'case', branches: [{ when: guard, then: argument }], otherwise: { kind: 'literal', value: null, type }, type };
}

/** One Predict over `input` whose answer is the last field; arguments and guard become columns where they are computed. */
function predict(
  input: LogicalNode,
  { call, args, guard }: { call: BoundModelCall; args: readonly BoundExpression[]; guard: BoundExpression | undefined },
): LogicalNode {
  const computed = [...args, ...(guard ? [guard] : [])].filter(each => each.kind !== 'column');
  const widened =
    computed.length === 0
      ? input
      : appendColumns(
          input,
          computed,
          computed.map((_, i) => `$arg${i}`),
        );
  let next = input.fields.length;
  const position = (each: BoundExpression): number => (each.kind === 'column' ? each.index : next++);
  const name = uniqueName(call.call.model.name.object, new Set(widened.fields.map(field => field.name)));
  const node: Predict = {
    kind: 'Predict',
    input: widened,
    call: call.call,
    arguments: args.map(position),
    guard: guard && position(guard),
    form: call.call.model.outputs.length === 1 ? 'columns' : 'row',
    fields: [...widened.fields, { name, type: call.type }],
  };
  return node;
}

const CONDITION: DataType = withNullable(BOOLEAN, false);

function isTest(operand: BoundExpression, test: 'TRUE' | 'FALSE', not?: 'not'): BoundExpression {
  return { kind: 'is', test, not: not !== undefined, operand, type: CONDITION };
}

function and(left: BoundExpression | undefined, right: BoundExpression): BoundExpression {
  return left ? { kind: 'logical', operator: 'AND', left, right, type: CONDITION } : right;
}

function or(left: BoundExpression, right: BoundExpression): BoundExpression {
  return { kind: 'logical', operator: 'OR', left, right, type: CONDITION };
}
