import { operator, type Arguments, type Operator } from '../execute/operator.js';
import { signOf, valueOfKnown, fixed, knownOf } from '../execute/number-of.js';
import {
  boolOf,
  describeValue,
  dictKey,
  intOf,
  NONE,
  stringOf,
  tupleOf,
  type DictValue,
  type ListValue,
  type Value,
} from '../execute/value.js';
import { unsupported } from '../refusal.js';
import { equalValues } from './equal-values.js';
import { extremeNumber, subtractNumbers } from './numbers.js';
import { sizeOf } from '../execute/value.js';
import type { OperatorTable } from './table.js';

/** A list that may be changed here: not from inside of a branch on data, if it was made outside, and not one of the module's. */
function changeable<T extends ListValue | DictValue>(value: T, depth: number): T {
  if (value.depth !== depth) throw unsupported('a change of a list or dict inside of an if on data, or of one that outlasts the call');
  return value;
}

function placeIn(items: readonly unknown[], index: number): number {
  const at = index < 0 ? index + items.length : index;
  if (at < 0 || at >= items.length) throw unsupported(`index ${index} of a list of ${items.length}`);
  return at;
}

const listChange = (signature: string, change: (items: Value[], given: Arguments) => Value | undefined): Operator =>
  operator(signature, ({ depth }, given) => {
    const list = given.value('self');
    if (list.kind !== 'list') throw unsupported(`a change of ${describeValue(list)}`);
    if (list.items.length > 200_000) throw unsupported('a list that is too long');
    return change(changeable(list, depth).items, given) ?? list;
  });

function entriesOf(value: Value): DictValue {
  if (value.kind !== 'dict') throw unsupported(`entries of ${describeValue(value)}`);
  return value;
}

function keyOf(value: Value): string {
  const key = dictKey(value);
  if (key === undefined) throw unsupported(`${describeValue(value)} as the key of a dict`);
  return key;
}

const getItem: readonly Operator[] = [
  operator('self:list idx:int', (_, given) => {
    const items = given.items('self');
    return items[placeIn(items, given.int('idx'))]!;
  }),
  operator('self:str idx:int', (_, given) => {
    const characters = [...given.string('self')];
    return stringOf(characters[placeIn(characters, given.int('idx'))]!);
  }),
  operator('self:dict key', (_, given) => {
    const entry = entriesOf(given.value('self')).entries.get(keyOf(given.value('key')));
    if (entry === undefined) throw unsupported('a key that the dict does not have');
    return entry[1];
  }),
];

const setItem: readonly Operator[] = [
  operator('self:list idx:int el', ({ depth }, given) => {
    const list = given.value('self');
    if (list.kind !== 'list') throw unsupported(`a change of ${describeValue(list)}`);
    changeable(list, depth).items[placeIn(list.items, given.int('idx'))] = given.value('el');
    return list;
  }),
  operator('self:dict idx v', ({ depth }, given) => {
    const dict = changeable(entriesOf(given.value('self')), depth);
    dict.entries.set(keyOf(given.value('idx')), [given.value('idx'), given.value('v')]);
    return NONE;
  }),
];

const length = operator('a', (_, given) => {
  const value = given.value('a');
  if (value.kind === 'list' || value.kind === 'tuple') return intOf(value.items.length);
  if (value.kind === 'dict') return intOf(value.entries.size);
  if (value.kind === 'string') return intOf(value.value.length);
  if (value.kind === 'tensor' && value.get().shape.length > 0) return sizeOf(value.get().shape[0]!);
  throw unsupported(`the length of ${describeValue(value)}`);
});

const contains: readonly Operator[] = [
  operator('l:list item', (_, given) => boolOf(given.items('l').some(each => equalValues(each, given.value('item'))))),
  operator('dict:dict key', (_, given) => boolOf(entriesOf(given.value('dict')).entries.has(keyOf(given.value('key'))))),
  operator('text:str part:str', (_, given) => boolOf(given.string('text').includes(given.string('part')))),
];

const not: readonly Operator[] = [operator('self:bool', (_, given) => boolOf(!given.bool('self')))];

const isSame = (isInverse: boolean): Operator =>
  operator('a b', (_, given) => {
    const [a, b] = [given.value('a'), given.value('b')];
    const same =
      a.kind === 'none' || b.kind === 'none'
        ? a.kind === b.kind
        : a === b || (a.kind === 'bool' && b.kind === 'bool' && a.value === b.value);
    if (a.kind === 'unknown' || b.kind === 'unknown') throw unsupported('a comparison with a value that is not set');
    return boolOf(same !== isInverse);
  });

/** The largest or smallest of a list, or of two numbers. */
const extremeOf = (sign: 1 | -1): readonly Operator[] => [
  operator('self:list', (_, given) => {
    const numbers = given.items('self').map(value => {
      const known = knownOf(value);
      if (known === undefined) throw unsupported('max or min of a list of values that depend on the data');
      return known;
    });
    if (numbers.length === 0) throw unsupported('max or min of an empty list');
    return valueOfKnown(numbers.reduce(extremeNumber(sign)));
  }),
  operator('a:num b:num', (_, given) => {
    const [a, b] = [knownOf(given.value('a')), knownOf(given.value('b'))];
    if (a === undefined || b === undefined) throw unsupported('max or min of numbers that depend on the data');
    return valueOfKnown(extremeNumber(sign)(a, b));
  }),
];

const sorted = operator('self:list reverse:bool=False', (context, given) => {
  const numbers = given.items('self').map(value => {
    const known = knownOf(value);
    if (known === undefined) throw unsupported('sorting of values that depend on the data');
    return known;
  });
  const order = given.bool('reverse') ? -1 : 1;
  return context.list(numbers.toSorted((a, b) => order * signOf(subtractNumbers(a, b))).map(valueOfKnown));
});

/** Texts are only ever read in messages, and as keys of a dict. */
const format: Operator = {
  parameters: Array.from({ length: 12 }, (_, i) => ({ name: `a${i}`, type: 'any', isOptional: true, isNamed: false, byDefault: NONE })),
  run: (_, given) => {
    const [template, ...rest] = Array.from({ length: 12 }, (_each, i) => given.value(`a${i}`));
    if (template?.kind !== 'string') throw unsupported('format of something else than a text');
    return stringOf(template.value.replaceAll('{}', () => printValue(rest.shift() ?? NONE)).slice(0, 10_000));
  },
};

/** Lists are shown three levels deep. */
function printValue(value: Value, depth = 0): string {
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'int':
      return value.rows === 0 ? String(value.value) : 'N';
    case 'float':
      return String(value.value);
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'list':
    case 'tuple':
      return depth < 3
        ? `[${value.items
            .slice(0, 10)
            .map(item => printValue(item, depth + 1))
            .join(', ')}]`
        : '[…]';
    default:
      return describeValue(value);
  }
}

const slice: Operator = operator('l:list start:int?=None end:int?=None step:int=1', (context, given) => {
  const items = given.items('l');
  const clip = (at: number): number => Math.min(items.length, Math.max(0, at < 0 ? at + items.length : at));
  const start = clip(given.optionalInt('start') ?? 0);
  const end = clip(given.optionalInt('end') ?? items.length);
  const step = given.int('step');
  return context.list(items.slice(start, end).filter((_, i) => i % step === 0));
});

const raise = operator('message=None type=None', (_, given) => {
  const message = given.value('message');
  throw unsupported(`the model raises an error${message.kind === 'string' ? `: "${message.value.slice(0, 200)}"` : ''}`);
});

const views = (pick: (entry: readonly [Value, Value]) => Value): Operator =>
  operator('self:dict', (context, given) => context.list([...entriesOf(given.value('self')).entries.values()].map(pick)));

/** Lists, dicts, texts and other parts of Python. */
export const PYTHON: OperatorTable = {
  'aten::len': length,
  'aten::__getitem__': getItem,
  'aten::_set_item': setItem,
  'aten::__contains__': contains,
  'aten::__not__': not,
  'aten::__is__': isSame(false),
  'aten::__isnot__': isSame(true),
  'aten::append': listChange('self el', (items, given) => void items.push(given.value('el'))),
  'aten::extend': listChange('self other:list', (items, given) => {
    // A copy, since a list may be put behind itself.
    const others = given.items('other').slice();
    for (const item of others) items.push(item);
    return undefined;
  }),
  'aten::insert': listChange('self idx:int el', (items, given) => void items.splice(given.int('idx'), 0, given.value('el'))),
  'aten::pop': listChange('self:list idx:int=-1', (items, given) => items.splice(placeIn(items, given.int('idx')), 1)[0]),
  'aten::reverse': listChange('self', items => void items.splice(0, items.length, ...items.toReversed())),
  'aten::clear': listChange('self', items => void items.splice(0)),
  'aten::copy': operator('self:list', (context, given) => context.list(given.items('self'))),
  'aten::list': operator('l:list', (context, given) => context.list(given.items('l'))),
  'aten::keys': views(([key]) => key),
  'aten::values': views(([, value]) => value),
  'aten::items': views(entry => tupleOf(entry)),
  'aten::get': operator(
    'self:dict key default_value=None',
    (_, given) => entriesOf(given.value('self')).entries.get(keyOf(given.value('key')))?.[1] ?? given.value('default_value'),
  ),
  'aten::find': operator('self:str substr:str start:int=0 end:int=-1', (_, given) =>
    intOf(given.string('self').indexOf(given.string('substr'), given.int('start'))),
  ),
  'aten::startswith': operator('self:str substr:str', (_, given) => boolOf(given.string('self').startsWith(given.string('substr')))),
  'aten::endswith': operator('self:str substr:str', (_, given) => boolOf(given.string('self').endsWith(given.string('substr')))),
  'aten::lower': operator('self:str', (_, given) => stringOf(given.string('self').toLowerCase())),
  'aten::upper': operator('self:str', (_, given) => stringOf(given.string('self').toUpperCase())),
  'aten::sorted': sorted,
  'prim::min': extremeOf(-1),
  'prim::max': extremeOf(1),
  'aten::format': format,
  'aten::str': operator('a', (_, given) => stringOf(printValue(given.value('a')))),
  'prim::RaiseException': raise,
  'prim::unchecked_unwrap_optional': operator('a', (_, given) => given.value('a')),
  'aten::_unwrap_optional': operator('a', (_, given) => given.value('a')),
  'prim::TupleIndex': operator('a:list i:int', (_, given) => given.items('a')[placeIn(given.items('a'), given.int('i'))]!),
  'aten::warn': operator('message stacklevel:int=2', () => NONE),
  'prim::Print': { ...format, run: () => NONE },
  'aten::manual_seed': operator('seed', () => NONE),
  'aten::__range_length': operator('lo:int hi:int step:int', (_, given) => {
    const [low, high, step] = ['lo', 'hi', 'step'].map(name => fixed(knownOf(given.value(name))!)) as [number, number, number];
    return intOf(Math.max(0, Math.ceil((high - low) / step)));
  }),
  'aten::__derive_index': operator('index:int start:int step:int', (_, given) =>
    intOf(given.int('start') + given.int('index') * given.int('step')),
  ),
};

/** `torch.slice` of lists, which tensors have too. */
export const LIST_SLICE = slice;
