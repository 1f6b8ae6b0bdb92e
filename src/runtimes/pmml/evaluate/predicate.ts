import type { Comparison, Predicate } from '../parse/predicate.js';
import type { Code } from './code.js';
import type { Row } from './row.js';
import type { Scope } from './scope.js';
import { compareValues, familyOf, parseValue, textOf, type Value } from './value.js';

/** What a predicate says of a row: three-valued, as Kleene's logic. */
export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;

export type Test = (row: Row) => Truth;

/** Compiles a predicate; fields are those of the scope. @throws {MillraceError} `MODEL_LOAD` for an unknown field. */
export function compilePredicate(predicate: Predicate, scope: Scope): Test {
  switch (predicate.kind) {
    case 'true':
      return () => TRUE;
    case 'false':
      return () => FALSE;
    case 'isMissing': {
      const { evaluate } = scope.field(predicate.field);
      const [missing, present] = predicate.negated ? [FALSE, TRUE] : [TRUE, FALSE];
      return row => (evaluate(row) === undefined ? missing : present) as Truth;
    }
    case 'compare':
      return compileComparison(scope.field(predicate.field), predicate.operator, predicate.value);
    case 'set':
      return compileSet(scope.field(predicate.field), predicate.values, predicate.negated);
    case 'compound': {
      const tests = predicate.predicates.map(part => compilePredicate(part, scope));
      return COMBINE[predicate.operator](tests);
    }
  }
}

/** Whether a comparison holds, by the sign that `compareValues` gives. */
export const HOLDS: Readonly<Record<Comparison, (sign: number) => boolean>> = {
  equal: sign => sign === 0,
  notEqual: sign => sign !== 0,
  lessThan: sign => sign < 0,
  lessOrEqual: sign => sign <= 0,
  greaterThan: sign => sign > 0,
  greaterOrEqual: sign => sign >= 0,
};

/**
 * The value that a text in the document means beside a field. Where it is none of the field's type, numbers are
 * compared as such and everything else by its text.
 */
export function constantFor(code: Code, text: string): NonNullable<Value> {
  const exact = parseValue(text, code.dataType);
  if (exact !== undefined) return exact;
  return familyOf(code.dataType) === 'number' ? ((parseValue(text, 'double') as number | undefined) ?? text) : text;
}

function compileComparison(code: Code, operator: Comparison, text: string): Test {
  const { evaluate } = code;
  const constant = constantFor(code, text);
  const rankOf = code.opType === 'ordinal' ? ranks(code) : undefined;
  const holds = HOLDS[operator];
  const isEquality = operator === 'equal' || operator === 'notEqual';
  if (rankOf !== undefined && !isEquality) {
    const rank = rankOf(constant);
    return row => {
      const value = evaluate(row);
      return value === undefined ? UNKNOWN : truth(holds(rankOf(value) - rank));
    };
  }
  if (isEquality && typeof constant === 'string' && code.dataType === 'string') {
    const [same, other] = operator === 'equal' ? [TRUE, FALSE] : [FALSE, TRUE];
    return row => {
      const value = evaluate(row);
      return (value === undefined ? UNKNOWN : value === constant ? same : other) as Truth;
    };
  }
  return row => {
    const value = evaluate(row);
    return value === undefined ? UNKNOWN : truth(holds(compareValues(value, constant)));
  };
}

/** The places of an ordinal field's values, where the DataDictionary lists them. */
function ranks(code: Code): ((value: NonNullable<Value>) => number) | undefined {
  if (code.categories === undefined || code.categories.length === 0) return undefined;
  const places = new Map(code.categories.map((text, i) => [textOf(constantFor(code, text)), i]));
  return value => places.get(textOf(value)) ?? NaN;
}

function compileSet(code: Code, texts: readonly string[], negated: boolean): Test {
  const { evaluate } = code;
  const set = new Set(texts.map(text => keyOf(constantFor(code, text))));
  const [inside, outside] = negated ? [FALSE, TRUE] : [TRUE, FALSE];
  return row => {
    const value = evaluate(row);
    if (value === undefined) return UNKNOWN;
    return (set.has(keyOf(value)) ? inside : outside) as Truth;
  };
}

/** What a `Set` tells values apart by. */
export function keyOf(value: NonNullable<Value>): number | string | boolean {
  return typeof value === 'object' ? `${value.kind} ${value.seconds}` : value;
}

function truth(holds: boolean): Truth {
  return holds ? TRUE : FALSE;
}

const COMBINE: Readonly<Record<'and' | 'or' | 'xor' | 'surrogate', (tests: readonly Test[]) => Test>> = {
  and: tests => row => {
    let result: Truth = TRUE;
    for (let i = 0; i < tests.length; i++) {
      const part = tests[i]!(row);
      if (part === FALSE) return FALSE;
      if (part === UNKNOWN) result = UNKNOWN;
    }
    return result;
  },
  or: tests => row => {
    let result: Truth = FALSE;
    for (let i = 0; i < tests.length; i++) {
      const part = tests[i]!(row);
      if (part === TRUE) return TRUE;
      if (part === UNKNOWN) result = UNKNOWN;
    }
    return result;
  },
  xor: tests => row => {
    let odd = false;
    for (let i = 0; i < tests.length; i++) {
      const part = tests[i]!(row);
      if (part === UNKNOWN) return UNKNOWN;
      odd = odd !== (part === TRUE);
    }
    return truth(odd);
  },
  surrogate: tests => row => {
    for (let i = 0; i < tests.length; i++) {
      const part = tests[i]!(row);
      if (part !== UNKNOWN) return part;
    }
    return UNKNOWN;
  },
};
