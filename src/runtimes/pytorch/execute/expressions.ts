import type { CodePlace } from '../code/lexer.js';
import type { Expression } from '../code/syntax-tree.js';
import { unsupported } from '../refusal.js';
import type { Program } from './program.js';
import { rangeOf } from './range-of.js';
import type { Frame } from './statements.js';
import { boolOf, describeValue, dictKey, floatOf, intOf, NONE, stringOf, UNKNOWN, type DictValue, type Value } from './value.js';

const MAX_RANGE = 200_000;
const MAX_INT = Number.MAX_SAFE_INTEGER;

/** The value of an expression; what is unsupported in it is noted. */
export function evaluate(program: Program, frame: Frame, expression: Expression): Value {
  program.step();
  switch (expression.kind) {
    case 'literal':
      return literalOf(expression.value);
    case 'name':
      return nameOf(program, frame, expression);
    case 'attribute':
      return attributeOf(program, frame, expression);
    case 'subscript':
      return subscriptOf(program, frame, expression);
    case 'call':
      return callOf(program, frame, expression);
    case 'list':
      return program.list(expression.items.map(item => evaluate(program, frame, item)));
    case 'tuple':
      return { kind: 'tuple', items: expression.items.map(item => evaluate(program, frame, item)) };
    case 'dict':
      return dictOf(program, frame, expression);
    case 'condition': {
      const test = evaluate(program, frame, expression.test);
      if (test.kind === 'bool') return evaluate(program, frame, test.value ? expression.then : expression.otherwise);
      if (test.kind !== 'unknown') program.note('a conditional expression on data', placeOf(frame, expression));
      return UNKNOWN;
    }
    case 'unary':
      return program.apply(
        UNARY[expression.operator]!,
        [evaluate(program, frame, expression.operand)],
        NO_NAMES,
        placeOf(frame, expression),
      );
    case 'binary':
      return binaryOf(program, frame, expression);
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

const NO_NAMES: ReadonlyMap<string, Value> = new Map();

const UNARY: Readonly<Record<string, string>> = { '-': 'aten::neg', '+': 'aten::pos', '~': 'aten::bitwise_not', not: 'aten::__not__' };

const BINARY: Readonly<Record<string, string>> = {
  is: 'aten::__is__',
  'is not': 'aten::__isnot__',
  '==': 'aten::eq',
  '!=': 'aten::ne',
  '<': 'aten::lt',
  '<=': 'aten::le',
  '>': 'aten::gt',
  '>=': 'aten::ge',
  '|': 'aten::__or__',
  '&': 'aten::__and__',
  '^': 'aten::__xor__',
  '+': 'aten::add',
  '-': 'aten::sub',
  '*': 'aten::mul',
  '/': 'aten::div',
  '//': 'aten::floordiv',
  '%': 'aten::remainder',
  '**': 'aten::pow',
  '@': 'aten::matmul',
  '<<': 'aten::__lshift__',
  '>>': 'aten::__rshift__',
};

function placeOf(frame: Frame, { line }: { line: number }): CodePlace {
  return { file: frame.definition.file, line };
}

function literalOf(literal: Of<'literal'>['value']): Value {
  switch (literal.kind) {
    case 'none':
      return NONE;
    case 'bool':
      return boolOf(literal.value);
    case 'string':
      return stringOf(literal.value);
    case 'float':
      return floatOf(literal.value);
    case 'int':
      // Ends of the range of 64 bits mean "no limit"; other integers that large are not exact here.
      if (Math.abs(literal.value) > MAX_INT && Math.abs(literal.value) !== 2 ** 63) throw unsupported(`the integer ${literal.value}`);
      return intOf(literal.value);
  }
}

function nameOf(program: Program, frame: Frame, { name, line }: Of<'name'>): Value {
  return frame.variables.get(name) ?? program.note(`the name "${name}"`, { file: frame.definition.file, line });
}

/** The names of `torch.nn.functional.relu`; `undefined` where it does not begin with a name that is no variable. */
function pathOf(frame: Frame, expression: Expression): string[] | undefined {
  if (expression.kind === 'name') return frame.variables.has(expression.name) ? undefined : [expression.name];
  if (expression.kind !== 'attribute') return undefined;
  const path = pathOf(frame, expression.of);
  path?.push(expression.name);
  return path;
}

function attributeOf(program: Program, frame: Frame, expression: Of<'attribute'>): Value {
  const path = pathOf(frame, expression);
  if (path !== undefined) {
    const [root, name] = path;
    if (root === 'CONSTANTS' && path.length === 2) {
      const constant = program.values.constant(Number(/^c(\d+)$/.exec(name!)?.[1] ?? -1));
      return constant ?? program.note(`the constant "${name}", which the archive does not have`, placeOf(frame, expression));
    }
    if (root === '__torch__') return { kind: 'function', qualifiedName: path.join('.') };
    return program.note(`"${path.join('.')}"`, placeOf(frame, expression));
  }
  return attributeValue(program, evaluate(program, frame, expression.of), expression.name, placeOf(frame, expression));
}

function attributeValue(program: Program, of: Value, name: string, place: CodePlace): Value {
  if (of.kind === 'unknown') return UNKNOWN;
  if (of.kind === 'object') {
    const value = program.values.attribute(of, name);
    if (value !== undefined) return value;
    const constant = program.library.class(of.className)?.constants.get(name);
    if (constant !== undefined) return evaluate(program, { definition: NO_DEFINITION, variables: new Map() }, constant);
    return program.note(`attribute "${name}" of ${of.className}, which the archive does not have`, place);
  }
  if (of.kind === 'tuple' && of.names?.includes(name)) return of.items[of.names.indexOf(name)]!;
  return program.note(`attribute "${name}" of ${describeValue(of)}`, place);
}

const NO_DEFINITION = { name: '', file: '', line: 0, parameters: [], body: () => [] };

function subscriptOf(program: Program, frame: Frame, expression: Of<'subscript'>): Value {
  const of = evaluate(program, frame, expression.of);
  const index = evaluate(program, frame, expression.index);
  return program.apply('aten::__getitem__', [of, index], NO_NAMES, placeOf(frame, expression));
}

function dictOf(program: Program, frame: Frame, expression: Of<'dict'>): Value {
  const dict: DictValue = { kind: 'dict', entries: new Map(), depth: program.depth };
  for (const [keyExpression, valueExpression] of expression.entries) {
    const key = evaluate(program, frame, keyExpression);
    const text = dictKey(key);
    const value = evaluate(program, frame, valueExpression);
    if (text === undefined) return program.note(`${describeValue(key)} as the key of a dict`, placeOf(frame, expression));
    dict.entries.set(text, [key, value]);
  }
  return dict;
}

function binaryOf(program: Program, frame: Frame, expression: Of<'binary'>): Value {
  const left = evaluate(program, frame, expression.left);
  const { operator } = expression;
  if (operator === 'and' || operator === 'or') {
    if (left.kind === 'bool') return left.value === (operator === 'or') ? left : evaluate(program, frame, expression.right);
    return program.apply(
      operator === 'and' ? 'aten::__and__' : 'aten::__or__',
      [left, evaluate(program, frame, expression.right)],
      NO_NAMES,
      placeOf(frame, expression),
    );
  }
  const right = evaluate(program, frame, expression.right);
  if (operator === 'in') return program.apply('aten::__contains__', [right, left], NO_NAMES, placeOf(frame, expression));
  return program.apply(BINARY[operator]!, [left, right], NO_NAMES, placeOf(frame, expression));
}

function callOf(program: Program, frame: Frame, expression: Of<'call'>): Value {
  const { callee } = expression;
  const path = pathOf(frame, callee);
  const place = placeOf(frame, expression);
  const special = path?.length === 1 ? SPECIAL.get(path[0]!) : undefined;
  if (special !== undefined) return special(program, frame, expression);
  const positional = (): Value[] => expression.positional.map(argument => evaluate(program, frame, argument));
  const named = (): Map<string, Value> => new Map(expression.named.map(({ name, value }) => [name, evaluate(program, frame, value)]));
  if (path !== undefined) {
    if (path[0] === '__torch__') return callPath(program, path.join('.'), { positional: positional(), named: named(), place });
    return program.apply(operationOf(path), positional(), named(), place);
  }
  if (callee.kind === 'attribute') {
    const object = evaluate(program, frame, callee.of);
    if (object.kind === 'unknown') return UNKNOWN;
    if (object.kind === 'object') return program.callMethod(object, callee.name, positional(), named(), place);
    return program.apply(`aten::${callee.name}`, [object, ...positional()], named(), place);
  }
  const called = evaluate(program, frame, callee);
  if (called.kind === 'function') return callPath(program, called.qualifiedName, { positional: positional(), named: named(), place });
  if (called.kind === 'object') return program.callMethod(called, 'forward', positional(), named(), place);
  return called.kind === 'unknown' ? UNKNOWN : program.note(`a call of ${describeValue(called)}`, place);
}

/** `torch.add` is `aten::add`, `ops.prim.data` is `prim::data`, `int` is `aten::Int`. */
function operationOf(path: readonly string[]): string {
  if (path[0] === 'torch') return `aten::${path.slice(1).join('.')}`;
  if (path[0] === 'ops' && path.length === 3) return `${path[1]}::${path[2]}`;
  return CONVERSIONS.get(path.join('.')) ?? path.join('.');
}

const CONVERSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    int: 'aten::Int',
    float: 'aten::Float',
    bool: 'aten::Bool',
    str: 'aten::str',
    len: 'aten::len',
    sorted: 'aten::sorted',
    abs: 'prim::abs',
    min: 'prim::min',
    max: 'prim::max',
    list: 'aten::list',
  }),
);

interface Call {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly place: CodePlace;
}

/** Calls a function of the archive, or makes an object of one of its classes. */
function callPath(program: Program, qualifiedName: string, { positional, named, place }: Call): Value {
  const definition = program.library.function(qualifiedName);
  if (definition !== undefined) return program.call(definition, positional, named);
  const type = program.library.class(qualifiedName);
  if (type === undefined) return program.note(`"${qualifiedName}", which the archive does not have`, place);
  if (type.base === 'NamedTuple') return { kind: 'tuple', items: positional, names: type.attributes };
  if (type.base !== '') return program.note(`a new object of ${qualifiedName}`, place);
  const object: Value = { kind: 'object', className: qualifiedName, attributes: new Map(), stored: undefined };
  if (type.methods.has('__init__')) program.callMethod(object, '__init__', positional, named, place);
  return object;
}

type SpecialForm = (program: Program, frame: Frame, call: Of<'call'>) => Value;

/** The second argument, whatever type the first one says it is. */
const second: SpecialForm = (program, frame, { positional }) => (positional[1] ? evaluate(program, frame, positional[1]) : NONE);

/** Forms whose arguments are not all values. */
const SPECIAL: ReadonlyMap<string, SpecialForm> = new Map(
  Object.entries<SpecialForm>({
    annotate: second,
    unchecked_cast: second,
    uninitialized: () => ({ kind: 'unknown', reason: 'a value that is never set' }),
    getattr: (program, frame, call) => {
      const [object, name] = call.positional;
      if (object === undefined || name?.kind !== 'literal' || name.value.kind !== 'string')
        return program.note('getattr', placeOf(frame, call));
      return attributeValue(program, evaluate(program, frame, object), name.value.value, placeOf(frame, call));
    },
    range: (program, frame, call) => {
      const bounds = call.positional.map(bound => evaluate(program, frame, bound));
      if (bounds.some(bound => bound.kind === 'unknown')) return UNKNOWN;
      const items = rangeOf(bounds, MAX_RANGE);
      program.step(items?.length);
      return items === undefined
        ? program.note('a range that is too long or depends on the data', placeOf(frame, call))
        : { kind: 'tuple', items };
    },
  }),
);
