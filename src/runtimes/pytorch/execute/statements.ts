import type { CodePlace } from '../code/lexer.js';
import type { Expression, FunctionDefinition, Statement } from '../code/syntax-tree.js';
import { runDynamicIf } from './branches.js';
import { evaluate } from './expressions.js';
import type { Program } from './program.js';
import { describeValue, UNKNOWN, type Value } from './value.js';

/** The variables of a function while it is carried out. */
export interface Frame {
  readonly definition: FunctionDefinition;
  readonly variables: Map<string, Value>;
}

/** How a block ended. */
export type Outcome = { readonly kind: 'end' | 'break' | 'continue' } | { readonly kind: 'return'; readonly value: Value };

const END: Outcome = { kind: 'end' };

export function runBlock(program: Program, frame: Frame, statements: readonly Statement[]): Outcome {
  for (const statement of statements) {
    program.step();
    const outcome = runStatement(program, frame, statement);
    if (outcome.kind !== 'end') return outcome;
  }
  return END;
}

function runStatement(program: Program, frame: Frame, statement: Statement): Outcome {
  switch (statement.kind) {
    case 'pass':
      return END;
    case 'break':
    case 'continue':
      return { kind: statement.kind };
    case 'expression':
      evaluate(program, frame, statement.value);
      return END;
    case 'return':
      return { kind: 'return', value: statement.value ? evaluate(program, frame, statement.value) : { kind: 'none' } };
    case 'assign':
      return runAssignment(program, frame, statement);
    case 'if':
      return runIf(program, frame, statement);
    case 'for':
      return runFor(program, frame, statement);
    case 'while':
      return runWhile(program, frame, statement);
  }
}

type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

function placeOf(frame: Frame, { line }: { line: number }): CodePlace {
  return { file: frame.definition.file, line };
}

function runAssignment(program: Program, frame: Frame, statement: Of<'assign'>): Outcome {
  const value = evaluate(program, frame, statement.value);
  if (!statement.unpacks) {
    assignTo(program, frame, statement.targets[0]!, value);
    return END;
  }
  const items = value.kind === 'tuple' || value.kind === 'list' ? value.items : undefined;
  if (items?.length !== statement.targets.length && value.kind !== 'unknown') {
    program.note(`an assignment of ${describeValue(value)} to ${statement.targets.length} variables`, placeOf(frame, statement));
  }
  for (const [i, target] of statement.targets.entries()) assignTo(program, frame, target, items?.[i] ?? UNKNOWN);
  return END;
}

function assignTo(program: Program, frame: Frame, target: Expression, value: Value): void {
  if (target.kind === 'name') {
    frame.variables.set(target.name, value);
    return;
  }
  if (target.kind === 'attribute') {
    const object = evaluate(program, frame, target.of);
    if (object.kind === 'object' && (object.stored === undefined || program.values.attribute(object, target.name) === value)) {
      object.attributes.set(target.name, value);
      return;
    }
    if (object.kind !== 'unknown')
      program.note(`a change of the attribute "${target.name}", which would outlast the call`, placeOf(frame, target));
    return;
  }
  if (target.kind === 'subscript') {
    const positional = [evaluate(program, frame, target.of), evaluate(program, frame, target.index), value];
    program.apply('aten::_set_item', positional, new Map(), placeOf(frame, target));
    return;
  }
  program.note('an assignment to something else than a variable', placeOf(frame, target));
}

function runIf(program: Program, frame: Frame, statement: Of<'if'>): Outcome {
  const test = evaluate(program, frame, statement.test);
  switch (test.kind) {
    case 'bool':
      return runBlock(program, frame, test.value ? statement.then : statement.otherwise);
    case 'dynamic':
      runDynamicIf(program, frame, { statement, test, place: placeOf(frame, statement) });
      return END;
    case 'unknown':
      return runBoth(program, frame, statement);
    default:
      program.note(`a branch on ${describeValue(test)}`, placeOf(frame, statement));
      return runBoth(program, frame, statement);
  }
}

/** Goes into both branches for the sake of what is unsupported in them; what they set is unknown afterwards. */
function runBoth(program: Program, frame: Frame, { then, otherwise }: Of<'if'>): Outcome {
  const before = new Map(frame.variables);
  const changed = new Set<string>();
  for (const branch of [then, otherwise]) {
    runBlock(program, frame, branch);
    for (const [name, value] of frame.variables) if (before.get(name) !== value) changed.add(name);
    frame.variables.clear();
    for (const [name, value] of before) frame.variables.set(name, value);
  }
  for (const name of changed) frame.variables.set(name, UNKNOWN);
  return END;
}

function runFor(program: Program, frame: Frame, statement: Of<'for'>): Outcome {
  const over = evaluate(program, frame, statement.over);
  const items = itemsOf(over);
  if (items === undefined) {
    if (over.kind !== 'unknown') program.note(`a loop over ${describeValue(over)}`, placeOf(frame, statement));
    frame.variables.set(statement.variable, UNKNOWN);
    runBlock(program, frame, statement.body);
    return END;
  }
  for (const item of items) {
    program.step();
    frame.variables.set(statement.variable, item);
    const outcome = runBlock(program, frame, statement.body);
    if (outcome.kind === 'break') break;
    if (outcome.kind === 'return') return outcome;
  }
  return END;
}

/** What a loop goes through; a tuple of the kind `range` gives is made of numbers as they are needed. */
function itemsOf(over: Value): Iterable<Value> | undefined {
  if (over.kind === 'list' || over.kind === 'tuple') return over.items;
  if (over.kind === 'string') return [...over.value].map((value): Value => ({ kind: 'string', value }));
  return undefined;
}

function runWhile(program: Program, frame: Frame, statement: Of<'while'>): Outcome {
  for (;;) {
    program.step();
    const test = evaluate(program, frame, statement.test);
    if (test.kind === 'bool') {
      if (!test.value) return END;
      const outcome = runBlock(program, frame, statement.body);
      if (outcome.kind === 'break') return END;
      if (outcome.kind === 'return') return outcome;
      continue;
    }
    if (test.kind !== 'unknown') program.note(`a loop whose end depends on the data`, placeOf(frame, statement));
    runBlock(program, frame, statement.body);
    return END;
  }
}
