import { toLong } from '../../common/long.js';
import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';

export interface MockValueInit {
  /** Uniform in [0, 1); decides the value. */
  readonly random: () => number;
  /** Length of every collection. */
  readonly dimension: number;
  /** What every string is. */
  readonly text: string;
}

const DAY_MICROS = 86_400_000_000;
/** 2000-01-01 in days, and how many days from there a date can be. */
const FIRST_DAY = 10_957;
const DAYS = 9_131;

/** A value of any type: numbers in [0, 1), integers below 100 (TINYINT too), dates from 2000 to 2024. Never NULL. */
export function mockValue(type: DataType, init: MockValueInit): Value {
  const { random, dimension, text } = init;
  switch (type.kind) {
    case 'BOOLEAN':
      return random() < 0.5;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'INTERVAL_YEAR_MONTH':
      return Math.floor(random() * 100);
    case 'FLOAT':
      return Math.fround(Math.floor(random() * 2 ** 24) / 2 ** 24);
    case 'DOUBLE':
      return random();
    case 'DECIMAL':
      return toLong(BigInt(Math.floor(random() * 10 ** Math.min(type.scale, 15))) * 10n ** BigInt(Math.max(0, type.scale - 15)));
    case 'CHAR':
    case 'VARCHAR':
      return text.slice(0, type.length).padEnd(type.kind === 'CHAR' ? type.length : 0);
    case 'BINARY':
    case 'VARBINARY':
      return Uint8Array.from({ length: Math.min(type.length, 8) }, () => Math.floor(random() * 256));
    case 'DATE':
      return FIRST_DAY + Math.floor(random() * DAYS);
    case 'TIME':
    case 'INTERVAL_DAY_TIME':
      return Math.floor(random() * 86_400) * 1_000_000;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (FIRST_DAY + Math.floor(random() * DAYS)) * DAY_MICROS + Math.floor(random() * 86_400) * 1_000_000;
    case 'ARRAY':
    case 'MULTISET':
      return Array.from({ length: dimension }, () => mockValue(type.element, init));
    case 'MAP':
      return new Map(Array.from({ length: dimension }, () => [mockValue(type.key, init), mockValue(type.value, init)]));
    case 'ROW':
      return type.fields.map(field => mockValue(field.type, init));
    default:
      return null;
  }
}
