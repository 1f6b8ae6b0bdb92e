import type { Expression } from './expression.js';
import { readInlineTable, type InlineTable } from './inline-table.js';
import {
  attributeOf,
  booleanAttribute,
  childrenOf,
  numberAttribute,
  requiredAttribute,
  requiredChild,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

/** How words of a text are compared with those of a term. */
export interface TokenRules {
  readonly isCaseSensitive: boolean;
  readonly maxLevenshteinDistance: number;
  /** A regular expression of what stands between words. */
  readonly separator: string;
  readonly tokenize: boolean;
}

export interface TextNormalization {
  readonly rules: TokenRules;
  readonly inField: string;
  readonly outField: string;
  readonly regexField: string;
  readonly recursive: boolean;
  readonly table: InlineTable;
}

/** https://dmg.org/pmml/v4-4-1/Transformations.html#xsdElement_TextIndex */
export interface TextIndex {
  readonly kind: 'textIndex';
  readonly textField: string;
  readonly weights: 'termFrequency' | 'binary' | 'logarithmic' | 'augmentedNormalizedTermFrequency';
  readonly countHits: 'allHits' | 'bestHits';
  readonly rules: TokenRules;
  readonly normalizations: readonly TextNormalization[];
  readonly term: Expression;
}

export function readTextIndex(element: XmlElement, term: Expression): TextIndex {
  const rules = readRules(element, { isCaseSensitive: false, maxLevenshteinDistance: 0, separator: '\\s+', tokenize: true });
  return {
    kind: 'textIndex',
    textField: requiredAttribute(element, 'textField'),
    weights: wordAttribute(
      element,
      'localTermWeights',
      ['termFrequency', 'binary', 'logarithmic', 'augmentedNormalizedTermFrequency'],
      'termFrequency',
    ),
    countHits: wordAttribute(element, 'countHits', ['allHits', 'bestHits'], 'allHits'),
    rules,
    normalizations: childrenOf(element, 'TextIndexNormalization').map(child => readNormalization(child, rules)),
    term,
  };
}

/** A normalization compares as the index does where it says nothing. */
function readNormalization(element: XmlElement, rules: TokenRules): TextNormalization {
  return {
    rules: readRules(element, rules),
    inField: attributeOf(element, 'inField') ?? 'string',
    outField: attributeOf(element, 'outField') ?? 'stem',
    regexField: attributeOf(element, 'regexField') ?? 'regex',
    recursive: booleanAttribute(element, 'recursive', false),
    table: readInlineTable(requiredChild(element, 'InlineTable')),
  };
}

function readRules(element: XmlElement, absent: TokenRules): TokenRules {
  return {
    isCaseSensitive: booleanAttribute(element, 'isCaseSensitive', absent.isCaseSensitive),
    maxLevenshteinDistance: numberAttribute(element, 'maxLevenshteinDistance') ?? absent.maxLevenshteinDistance,
    separator: attributeOf(element, 'wordSeparatorCharacterRE') ?? absent.separator,
    tokenize: booleanAttribute(element, 'tokenize', absent.tokenize),
  };
}
