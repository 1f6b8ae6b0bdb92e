import { refuse, type XmlElement } from './xml-element.js';

/** https://dmg.org/pmml/v4-4-1/DataDictionary.html#xsdType_DATATYPE */
export const DATA_TYPES = [
  'string',
  'integer',
  'float',
  'double',
  'boolean',
  'date',
  'time',
  'dateTime',
  'dateDaysSince[0]',
  'dateDaysSince[1960]',
  'dateDaysSince[1970]',
  'dateDaysSince[1980]',
  'timeSeconds',
  'dateTimeSecondsSince[0]',
  'dateTimeSecondsSince[1960]',
  'dateTimeSecondsSince[1970]',
  'dateTimeSecondsSince[1980]',
] as const;
export type DataType = (typeof DATA_TYPES)[number];

export const OP_TYPES = ['categorical', 'ordinal', 'continuous'] as const;
export type OpType = (typeof OP_TYPES)[number];

export const FUNCTION_NAMES = [
  'regression',
  'classification',
  'clustering',
  'associationRules',
  'sequences',
  'timeSeries',
  'mixed',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Arithmetic of a model: 64-bit, or each result rounded to 32 bits. */
export type MathContext = 'double' | 'float';

const BLANK = /\s/;

/**
 * The values of an `Array`: separated by blanks; in double quotes where a value holds blanks, with `\"` for a quote.
 *
 * @throws {MillraceError} `MODEL_LOAD` when a quote is not closed or `n` tells another length.
 */
export function readArray(element: XmlElement): string[] {
  const { text } = element;
  const values: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (BLANK.test(text[at]!)) {
      at++;
    } else if (text[at] === '"') {
      let value = '';
      for (at++; text[at] !== '"'; at++) {
        if (at >= text.length) refuse(element, 'a value of the array has no closing quote');
        if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++;
        value += text[at]!;
      }
      at++;
      values.push(value);
    } else {
      const start = at;
      while (at < text.length && !BLANK.test(text[at]!)) at++;
      values.push(text.slice(start, at).replaceAll('\\"', '"'));
    }
  }
  const told = element.attributes.get('n');
  if (told !== undefined && Number(told) !== values.length) refuse(element, `the array says n="${told}", but has ${values.length} values`);
  return values;
}
