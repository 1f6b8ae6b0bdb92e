import { MICROS_PER_DAY } from '../../common/civil.js';
import type { Clock } from '../../common/clock.js';
import { parseDecimal, powerOfTen } from '../../common/decimal.js';
import { MAX_LONG, MIN_LONG, parseLong, toLong, type Long } from '../../common/long.js';
import { toLocal, type Zone } from '../../common/zone.js';
import type { Value } from '../../spec/batch.js';
import { formatType, MAX_LENGTH, type DataType } from '../../spec/data-type.js';
import { truncateMicros } from '../../spec/value-text.js';
import { columnError, unsupportedColumn } from './column-error.js';
import type { DatagenColumnOptions } from './datagen-options.js';
import type { RowRandom } from './row-random.js';

/** Makes a value of the row that `RowRandom` stands at. */
export type RandomValue = (random: RowRandom) => Value;

export interface RandomValueInit {
  readonly column: string;
  readonly type: DataType;
  readonly options: DatagenColumnOptions;
  readonly clock: Clock;
  readonly zone: Zone;
}

const DEFAULT_TEXT_LENGTH = 100;
const DEFAULT_COLLECTION_LENGTH = 3;

/**
 * Defaults are those of Flink's RandomGeneratorVisitor; what has no options there, as the elements of an ARRAY have none
 * here, has the defaults.
 *
 * @throws {MillraceError} `INVALID_OPTION`, or `UNSUPPORTED` for a type without random values.
 */
export function randomValue(init: RandomValueInit): RandomValue {
  const { type, options } = init;
  switch (type.kind) {
    case 'BOOLEAN':
      return random => random.next32() >= 0x8000_0000;
    case 'TINYINT':
      return wholeBetween(init, { min: -128, max: 127 });
    case 'SMALLINT':
      return wholeBetween(init, { min: -32_768, max: 32_767 });
    case 'INT':
      return wholeBetween(init, { min: -2_147_483_648, max: 2_147_483_647 });
    case 'BIGINT':
      return wholeBetween(init, { min: MIN_LONG, max: MAX_LONG });
    case 'INTERVAL_YEAR_MONTH':
      return wholeBetween(init, { min: 0, max: 120_000 });
    case 'INTERVAL_DAY_TIME': {
      // Milliseconds, as in Flink; microseconds of more would not be exact.
      const millis = wholeBetween(init, { min: -9_007_199_254_740, max: 9_007_199_254_740 });
      return random => Number(millis(random)) * 1_000;
    }
    case 'FLOAT': {
      const make = realBetween(init, 3.4028234663852886e38);
      return random => Math.fround(make(random));
    }
    case 'DOUBLE':
      return realBetween(init, Number.MAX_VALUE);
    case 'DECIMAL':
      return decimalBetween(init, type);
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return textOrBytes(init, type);
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timeValue(init);
    case 'ARRAY':
    case 'MULTISET': {
      const make = nestedValue(init, type.element);
      const length = options.length ?? DEFAULT_COLLECTION_LENGTH;
      return random => Array.from({ length }, () => make(random));
    }
    case 'MAP': {
      const makeKey = nestedValue(init, type.key);
      const makeItem = nestedValue(init, type.value);
      const length = options.length ?? DEFAULT_COLLECTION_LENGTH;
      return random => new Map(Array.from({ length }, () => [makeKey(random), makeItem(random)]));
    }
    case 'ROW': {
      const makers = type.fields.map(field => nestedValue(init, field.type));
      return random => makers.map(make => make(random));
    }
    default:
      throw unsupportedColumn({ column: init.column, type, kind: 'random' });
  }
}

function nestedValue(init: RandomValueInit, type: DataType): RandomValue {
  const { min: _min, max: _max, length: _length, ...options } = init.options;
  return randomValue({ ...init, type, options: { ...options, 'var-len': false } });
}

/** Both ends included. */
function wholeBetween(init: RandomValueInit, type: { readonly min: Long; readonly max: Long }): RandomValue {
  const read = (text: string): Long | undefined => {
    const value = parseLong(text);
    return value !== undefined && value >= type.min && value <= type.max ? value : undefined;
  };
  const { min, max } = boundsOf(init, { ...type, read });
  const count = BigInt(max) - BigInt(min) + 1n;
  if (typeof min === 'number' && typeof max === 'number' && count <= 9_007_199_254_740_992n) {
    const smallCount = Number(count);
    return random => min + random.below(smallCount);
  }
  const first = BigInt(min);
  return random => toLong(first + random.bigBelow(count));
}

/** Flink's default range starts just above 0. */
function realBetween(init: RandomValueInit, largest: number): (random: RowRandom) => number {
  const read = (text: string): number | undefined => (Number.isFinite(Number(text)) && text.trim() !== '' ? Number(text) : undefined);
  const { min, max } = boundsOf(init, { min: 0, max: largest, read });
  return random => {
    const share = random.next();
    return min * (1 - share) + max * share;
  };
}

function decimalBetween(init: RandomValueInit, { precision, scale }: { readonly precision: number; readonly scale: number }): RandomValue {
  const read = (text: string): Long | undefined => parseDecimal(text.trim(), precision, scale);
  const { min, max } = boundsOf<Long>(init, { min: 0, max: toLong(powerOfTen(precision) - 1n), read });
  const first = BigInt(min);
  const count = BigInt(max) - first + 1n;
  return random => toLong(first + random.bigBelow(count));
}

interface Bounds<Bound> {
  readonly min: Bound;
  readonly max: Bound;
}

function boundsOf<Bound extends Long>(
  { column, type, options }: RandomValueInit,
  defaults: Bounds<Bound> & { readonly read: (text: string) => Bound | undefined },
): Bounds<Bound> {
  const bound = (key: 'min' | 'max'): Bound => {
    const text = options[key];
    if (text === undefined) return defaults[key];
    const value = defaults.read(text);
    if (value === undefined) throw columnError({ column, key, problem: `is "${text}", which is no ${formatType(type, 'ignore')}` });
    return value;
  };
  const min = bound('min');
  const max = bound('max');
  if (max < min)
    throw columnError({ column, key: 'max', problem: `is ${options.max ?? max}, which is below the minimum ${options.min ?? min}` });
  return { min, max };
}

type TextType = DataType & { readonly kind: 'CHAR' | 'VARCHAR' | 'BINARY' | 'VARBINARY' };

/** Strings are of hexadecimal digits, as in Flink. */
function textOrBytes({ column, options }: RandomValueInit, type: TextType): RandomValue {
  const isFixed = type.kind === 'CHAR' || type.kind === 'BINARY';
  if (options.length !== undefined && (isFixed ? options.length !== type.length : options.length > type.length)) {
    throw columnError({ column, key: 'length', problem: `is ${options.length}, which does not fit ${formatType(type, 'ignore')}` });
  }
  const length = options.length ?? (type.length === MAX_LENGTH ? DEFAULT_TEXT_LENGTH : type.length);
  const varies = options['var-len'] && !isFixed && length > 0;
  const make = type.kind === 'CHAR' || type.kind === 'VARCHAR' ? hexText : randomBytes;
  return random => make(random, varies ? 1 + random.below(length) : length);
}

function hexText(random: RowRandom, length: number): string {
  let text = '';
  while (text.length < length) text += random.next32().toString(16).padStart(8, '0');
  return text.slice(0, length);
}

function randomBytes(random: RowRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = random.next32();
  return bytes;
}

/** DATE and TIME are now; timestamps are at most `max-past` ago. As in Flink, a TIMESTAMP shows the clock of UTC. */
function timeValue({ type, options, clock, zone }: RandomValueInit): RandomValue {
  const localNow = (): number => toLocal(clock.now() * 1_000, zone);
  switch (type.kind) {
    case 'DATE':
      return () => Math.floor(localNow() / MICROS_PER_DAY);
    case 'TIME':
      return () => {
        const now = localNow();
        return truncateMicros(now - Math.floor(now / MICROS_PER_DAY) * MICROS_PER_DAY, type.precision);
      };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { precision } = type;
      const pastMs = options['max-past'];
      return random => truncateMicros((Math.floor(clock.now()) - (pastMs === 0 ? 0 : random.below(pastMs + 1))) * 1_000, precision);
    }
    default:
      throw unsupportedColumn({ column: '', type, kind: 'random' });
  }
}
