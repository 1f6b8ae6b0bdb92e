import { readArray } from './words.js';
import { refuse, requiredAttribute, requiredChild, requiredWord, attributeOf, type XmlElement } from './xml-element.js';

export const COMPARISONS = ['equal', 'notEqual', 'lessThan', 'lessOrEqual', 'greaterThan', 'greaterOrEqual'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** https://dmg.org/pmml/v4-4-1/TreeModel.html#xsdGroup_PREDICATE */
export type Predicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'isMissing'; readonly field: string; readonly negated: boolean }
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Comparison; readonly value: string }
  | { readonly kind: 'set'; readonly field: string; readonly negated: boolean; readonly values: readonly string[] }
  | { readonly kind: 'compound'; readonly operator: 'and' | 'or' | 'xor' | 'surrogate'; readonly predicates: readonly Predicate[] };

const NAMES = new Set(['SimplePredicate', 'CompoundPredicate', 'SimpleSetPredicate', 'True', 'False']);

/** The predicate among the children of an element. @throws {MillraceError} `MODEL_LOAD` when there is none. */
export function readPredicateOf(element: XmlElement): Predicate {
  const child = element.children.find(candidate => NAMES.has(candidate.name));
  return child === undefined ? refuse(element, `${element.name} has no predicate`) : readPredicate(child);
}

/** Whether an element has a predicate of its own. */
export function hasPredicate(element: XmlElement): boolean {
  return element.children.some(candidate => NAMES.has(candidate.name));
}

function readPredicate(element: XmlElement): Predicate {
  switch (element.name) {
    case 'True':
      return { kind: 'true' };
    case 'False':
      return { kind: 'false' };
    case 'SimplePredicate':
      return readSimple(element);
    case 'SimpleSetPredicate': {
      const negated = requiredWord(element, 'booleanOperator', ['isIn', 'isNotIn']) === 'isNotIn';
      return { kind: 'set', field: requiredAttribute(element, 'field'), negated, values: readArray(requiredChild(element, 'Array')) };
    }
    default: {
      const operator = requiredWord(element, 'booleanOperator', ['and', 'or', 'xor', 'surrogate']);
      const predicates = element.children.filter(child => NAMES.has(child.name)).map(readPredicate);
      if (predicates.length === 0) refuse(element, 'a CompoundPredicate has no predicate in it');
      return { kind: 'compound', operator, predicates };
    }
  }
}

function readSimple(element: XmlElement): Predicate {
  const field = requiredAttribute(element, 'field');
  const operator = requiredWord(element, 'operator', [...COMPARISONS, 'isMissing', 'isNotMissing']);
  if (operator === 'isMissing' || operator === 'isNotMissing') return { kind: 'isMissing', field, negated: operator === 'isNotMissing' };
  const value = attributeOf(element, 'value') ?? refuse(element, `the SimplePredicate ${operator} has no attribute "value"`);
  return { kind: 'compare', field, operator, value };
}
