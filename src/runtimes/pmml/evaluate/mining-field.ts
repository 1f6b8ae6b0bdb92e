import type { DataField, MiningField } from '../parse/field.js';
import type { Interval } from '../parse/expression.js';
import type { Code } from './code.js';
import { refuseLine } from './compilation.js';
import { keyOf } from './predicate.js';
import { RowFailure, type Evaluate } from './row.js';
import { describeValue } from './scope.js';
import { castValue, familyOf, javaDoubleText, parseValue, textOf, type FieldType, type Value } from './value.js';

/** What a value is that is not valid for its field. */
const MISSING = Symbol('missing');
const INVALID = Symbol('invalid');
type Prepared = NonNullable<Value> | typeof MISSING | typeof INVALID;

/** The type of a field in a model: a MiningField may change the kind of values of its DataField. */
export function miningType(data: FieldType, mining: MiningField | undefined): FieldType {
  return { dataType: data.dataType, opType: mining?.opType ?? data.opType };
}

/**
 * Treats an input: markers of missing values, then the cast, then the domain; valid values by the outlier treatment,
 * invalid ones by the invalid treatment, missing ones by the replacement.
 *
 * `raw` gives what came in, of any family. A value that may not be there fails its row with a `RowFailure`.
 */
export function compileTreatment(raw: Evaluate, data: DataField, mining: MiningField): Evaluate {
  const type = miningType(data, mining);
  const prepare = compileDomain(data, type);
  const replacement = replacementOf(mining.missingValueReplacement, type, mining, 'missingValueReplacement');
  const invalidReplacement = replacementOf(mining.invalidValueReplacement, type, mining, 'invalidValueReplacement');
  const treatOutlier = compileOutliers(mining, type);
  const { name, invalidValues, refusesMissing } = mining;
  if (invalidValues === 'asValue' && invalidReplacement === undefined) {
    refuseLine(mining.line, `invalid values of "${name}" are treated asValue, which needs invalidValueReplacement`);
  }
  const missing = (): Value => {
    if (refusesMissing) throw new RowFailure(`the field "${name}" is missing, which the model does not allow`);
    return replacement;
  };
  const valid = (value: NonNullable<Value>): Value => {
    const kept = treatOutlier(value);
    return kept === undefined ? missing() : kept;
  };
  return row => {
    const value = raw(row);
    if (value === undefined) return missing();
    const prepared = prepare(value);
    if (prepared === MISSING) return missing();
    if (prepared !== INVALID) return valid(prepared);
    switch (invalidValues) {
      case 'asMissing':
        return missing();
      case 'asValue':
        return invalidReplacement;
      case 'asIs': {
        const cast = castValue(value, type.dataType);
        if (cast === undefined) throw invalid(name, value);
        return cast;
      }
      case 'returnInvalid':
        throw invalid(name, value);
    }
  };
}

function invalid(name: string, value: Value): RowFailure {
  return new RowFailure(`the field "${name}" has the value ${describeValue(value)}, which the model does not allow`);
}

function replacementOf(text: string | undefined, type: FieldType, mining: MiningField, attribute: string): Value {
  if (text === undefined) return undefined;
  const value = parseValue(text, type.dataType);
  return (
    value ??
    refuseLine(mining.line, `${attribute} of "${mining.name}" is "${text.slice(0, 40)}", which is not of the type ${type.dataType}`)
  );
}

function compileOutliers(mining: MiningField, type: FieldType): (value: NonNullable<Value>) => Value {
  if (mining.outliers === 'asIs' || type.opType !== 'continuous' || familyOf(type.dataType) !== 'number') return value => value;
  const round = type.dataType === 'float' ? Math.fround : (number: number): number => number;
  const [low, high] = [round(mining.lowValue!), round(mining.highValue!)];
  const toExtreme = mining.outliers === 'asExtremeValues';
  return value => {
    const number = value as number;
    if (number < low) return toExtreme ? low : undefined;
    if (number > high) return toExtreme ? high : undefined;
    return number;
  };
}

/** Whether a DataField says which values are valid, beyond its type. */
export function hasDomain(data: DataField): boolean {
  return data.values.length > 0 || data.intervals.length > 0;
}

function compileDomain(data: DataField, type: FieldType): (value: NonNullable<Value>) => Prepared {
  const missingTexts = new Set<string>();
  const invalidTexts = new Set<string>();
  const validKeys = new Set<unknown>();
  const missingKeys = new Set<unknown>();
  const invalidKeys = new Set<unknown>();
  for (const { value: text, property } of data.values) {
    const value = parseValue(text, type.dataType);
    const [texts, keys] =
      property === 'missing' ? [missingTexts, missingKeys] : property === 'invalid' ? [invalidTexts, invalidKeys] : [undefined, validKeys];
    texts?.add(text);
    if (value !== undefined) keys.add(keyOf(value));
  }
  // A marker holds for the value as it was written, even where it is none of the type.
  const intervals = type.opType === 'continuous' ? data.intervals : [];
  const hasMarkers = missingTexts.size > 0 || invalidTexts.size > 0;
  return raw => {
    const value =
      raw instanceof Object || typeof raw !== 'number' || type.dataType !== 'string' ? castValue(raw, type.dataType) : javaDoubleText(raw);
    if (value === undefined) return hasMarkers && missingTexts.has(textOf(raw)) ? MISSING : INVALID;
    if (hasMarkers) {
      const [key, text] = [keyOf(value), textOf(raw)];
      if (missingKeys.has(key) || missingTexts.has(text)) return MISSING;
      if (invalidKeys.has(key) || invalidTexts.has(text)) return INVALID;
    }
    if (validKeys.size > 0) return validKeys.has(keyOf(value)) ? value : INVALID;
    if (intervals.length > 0 && !intervals.some(interval => contains(interval, value as number))) return INVALID;
    return value;
  };
}

/** Whether a number is in an interval. */
export function contains({ low, high, lowClosed, highClosed }: Interval, value: number): boolean {
  return (value > low || (lowClosed && value === low)) && (value < high || (highClosed && value === high));
}

/**
 * The field of a segment: what the model round it gives, treated once more.
 *
 * The same code where the second treatment could not change anything, so that most segments read inputs directly.
 */
export function compileSegmentField(outer: Code, { data, mining, outerMining }: SegmentField): Code {
  const opType = mining.opType ?? outer.opType;
  const isChecked =
    data === undefined ||
    !hasDomain(data) ||
    mining.invalidValues === 'asIs' ||
    (outerMining !== undefined && outerMining.invalidValues !== 'asIs');
  const isPlain =
    mining.missingValueReplacement === undefined && !mining.refusesMissing && (mining.outliers === 'asIs' || opType !== 'continuous');
  if (isChecked && isPlain) return opType === outer.opType ? outer : { ...outer, opType };
  const field: DataField = data ?? { name: mining.name, opType, dataType: outer.dataType, intervals: [], values: [] };
  return {
    dataType: outer.dataType,
    opType,
    cost: outer.cost + 1,
    categories: outer.categories,
    evaluate: compileTreatment(outer.evaluate, field, mining),
  };
}

interface SegmentField {
  readonly data: DataField | undefined;
  readonly mining: MiningField;
  readonly outerMining: MiningField | undefined;
}
