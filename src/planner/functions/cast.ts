import { MillraceError } from '../../common/error.js';
import { UTC, type Zone } from '../../common/zone.js';
import type { Value } from '../../spec/batch.js';
import { formatType, MAX_LENGTH, sameType, withNullable, type DataType, isNumber } from '../../spec/data-type.js';
import { fitBytes, fitText, formatValue, parseValue } from '../../spec/value-text.js';
import { conversionFunction, IDENTITY, inlineConversion, zoned, type Conversion } from './conversion.js';
import { convertNumber } from './convert-number.js';
import { convertTime } from './convert-time.js';
import { sessionZone } from './current-time.js';
import type { Evaluator, Resolution } from './function.js';
import { explicitCast, hasInstant, isBytes, isInteger, isText, isTimePoint } from './type-rules.js';

export interface CastRequest {
  readonly from: DataType;
  readonly to: DataType;
  /** True for TRY_CAST, which gives NULL where CAST fails. */
  readonly safe: boolean;
}

/**
 * How CAST or TRY_CAST is computed, by Flink's rules: numbers as Java's primitive casts, a DECIMAL that overflows is
 * NULL, texts are parsed or fail with `INVALID_VALUE`, strings are cut and padded, collections element by element.
 *
 * @throws {MillraceError} `INVALID_CAST`, without a span, where no cast is defined.
 */
export function resolveCast({ from, to, safe }: CastRequest): Resolution {
  if (!explicitCast(from, to)) throw noCast(from, to);
  const conversion = convert(from, to);
  const fails = conversion.kind === 'convert' && conversion.fails;
  const returnsNull = (conversion.kind !== 'identity' && conversion.returnsNull) || (safe && fails);
  return {
    parameters: [from],
    type: withNullable(to, from.nullable || returnsNull),
    nulls: 'strict',
    returnsNull,
    evaluator: evaluatorOf(conversion, { from, to, safe }),
  };
}

function noCast(from: DataType, to: DataType): MillraceError {
  return new MillraceError({
    code: 'INVALID_CAST',
    message: `${formatType(from, 'ignore')} cannot be cast to ${formatType(to, 'ignore')}`,
  });
}

function evaluatorOf(conversion: Conversion, { from, to, safe }: CastRequest): Evaluator {
  if (conversion.kind === 'identity') return { kind: 'inline', code: ([value]) => value! };
  if (conversion.kind === 'inline') return conversion.evaluator;
  return {
    kind: 'invoke',
    create(environment) {
      // Other casts do not ask for the zone, so that constant ones are computed before there is a job.
      const zone = hasInstant(from) || hasInstant(to) ? sessionZone(environment) : UTC;
      const call = conversionFunction(conversion, zone);
      if (!conversion.fails) return call as (value: Value) => Value;
      if (safe) return (value: Value) => call(value) ?? null;
      return (value: Value) => {
        const result = call(value);
        if (result === undefined) throw notAValue(formatValue(value, from, zone), to);
        return result;
      };
    },
  };
}

const SHOWN_CHARACTERS = 60;

function notAValue(text: string, to: DataType): MillraceError {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return new MillraceError({ code: 'INVALID_VALUE', message: `"${shown}" is not a value of type ${formatType(to, 'ignore')}` });
}

/** Only for casts that `explicitCast` allows. */
function convert(from: DataType, to: DataType): Conversion {
  if (from.kind === 'NULL' || sameType(from, to)) return IDENTITY;
  if (isText(to)) return toText(from, to as StringType);
  if (isBytes(to)) return toBytes(from, to as StringType);
  if (isText(from))
    return { kind: 'convert', create: zone => (text: string) => parseValue(text, to, zone), returnsNull: false, fails: true };
  if (to.kind === 'BOOLEAN') return inlineConversion(value => `(${value} !== 0)`);
  if (isNumber(to)) return convertNumber(from, to);
  if (isTimePoint(to)) return convertTime(from, to);
  return convertElements(from, to);
}

type StringType = Extract<DataType, { readonly length: number }>;

function toText(from: DataType, to: StringType): Conversion {
  const unlimited = to.kind === 'VARCHAR' && to.length === MAX_LENGTH;
  if (isText(from)) {
    const fits = to.kind === 'VARCHAR' && to.length >= (from as StringType).length;
    return fits ? IDENTITY : zoned(() => (text: string) => fitText(text, to));
  }
  if (unlimited && isInteger(from)) return inlineConversion(value => `String(${value})`);
  if (unlimited && from.kind === 'BOOLEAN') return inlineConversion(value => `(${value} ? 'TRUE' : 'FALSE')`);
  return zoned(zone => (value: Value) => fitText(formatValue(value, from, zone), to));
}

function toBytes(from: DataType, to: StringType): Conversion {
  if (!isText(from)) {
    const fits = to.kind === 'VARBINARY' && to.length >= (from as StringType).length;
    return fits ? IDENTITY : zoned(() => (bytes: Uint8Array) => fitBytes(bytes, to));
  }
  return zoned(zone => (text: string) => parseValue(text, to, zone)!);
}

/** ARRAY, MULTISET, MAP and ROW: every element by itself, NULLs stay. */
function convertElements(from: DataType, to: DataType): Conversion {
  const children = pairsOf(from, to).map(([source, target]) => convert(source, target));
  if (children.every(child => child.kind === 'identity')) return IDENTITY;
  const fails = children.some(child => child.kind === 'convert' && child.fails);
  const create = (zone: Zone): ((value: never) => Value | undefined) => {
    const calls = children.map(child => nullSafe(conversionFunction(child, zone)));
    switch (to.kind) {
      case 'MAP':
        return (value: ReadonlyMap<Value, Value>) => convertMap(value, calls[0]!, calls[1]!);
      case 'ROW':
        return (value: readonly Value[]) => all(value.map((field, i) => calls[i]!(field)));
      default:
        return (value: readonly Value[]) => all(value.map(calls[0]!));
    }
  };
  return { kind: 'convert', create, returnsNull: false, fails };
}

function pairsOf(from: DataType, to: DataType): [DataType, DataType][] {
  if ((from.kind === 'ARRAY' || from.kind === 'MULTISET') && from.kind === to.kind) return [[from.element, to.element]];
  if (from.kind === 'MAP' && to.kind === 'MAP')
    return [
      [from.key, to.key],
      [from.value, to.value],
    ];
  if (from.kind === 'ROW' && to.kind === 'ROW') return from.fields.map((field, i) => [field.type, to.fields[i]!.type]);
  throw noCast(from, to);
}

type Convert = (value: Value) => Value | undefined;

function nullSafe(call: Convert): Convert {
  return value => (value === null ? null : call(value));
}

function all(values: readonly (Value | undefined)[]): readonly Value[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Value[]);
}

function convertMap(map: ReadonlyMap<Value, Value>, convertKey: Convert, convertValue: Convert): ReadonlyMap<Value, Value> | undefined {
  const converted = new Map<Value, Value>();
  for (const [key, value] of map) {
    const newKey = convertKey(key);
    const newValue = convertValue(value);
    if (newKey === undefined || newValue === undefined) return undefined;
    converted.set(newKey, newValue);
  }
  return converted;
}
