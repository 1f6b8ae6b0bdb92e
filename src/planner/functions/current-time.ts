import { MICROS_PER_DAY, MICROS_PER_SECOND, timeOfDay } from '../../common/civil.js';
import { createZone, toLocal, UTC, type Zone } from '../../common/zone.js';
import { BIGINT, DATE, timestamp, timestampLtz, type DataType } from '../../spec/data-type.js';
import { defineFunction, perJob } from './define-function.js';
import type { FunctionEnvironment, ScalarFunction } from './function.js';

/** The zone of the running job. */
export function sessionZone({ timeZone }: FunctionEnvironment): Zone {
  return createZone(timeZone) ?? UTC;
}

interface CurrentTime {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly doc: string;
  readonly returns: DataType;
  /** The value at a UTC instant in microseconds. */
  readonly at: (utcMicros: number, zone: Zone) => number;
}

function currentTime({ name, aliases, signature, doc, returns, at }: CurrentTime): ScalarFunction {
  return defineFunction({
    name,
    aliases,
    family: 'temporal',
    signature,
    doc,
    // What the clock says is not the same twice; the shape is.
    examples: [{ sql: `${signature} IS NULL`, result: 'FALSE' }],
    deterministic: false,
    overloads: [
      {
        parameters: [],
        returns,
        evaluator: perJob(environment => {
          const zone = sessionZone(environment);
          return () => at(environment.now(), zone);
        }),
      },
    ],
  });
}

function toMillis(micros: number): number {
  return Math.floor(micros / 1_000) * 1_000;
}

/** Functions that read the clock, once for each row. */
export const currentTimeFunctions: readonly ScalarFunction[] = [
  currentTime({
    name: 'CURRENT_TIMESTAMP',
    aliases: [],
    signature: 'CURRENT_TIMESTAMP',
    doc: 'The present instant.',
    returns: timestampLtz(3),
    at: toMillis,
  }),
  currentTime({
    name: 'NOW',
    aliases: ['CURRENT_ROW_TIMESTAMP'],
    signature: 'NOW()',
    doc: 'The present instant.',
    returns: timestampLtz(3),
    at: toMillis,
  }),
  currentTime({
    name: 'PROCTIME',
    signature: 'PROCTIME()',
    doc: 'The present instant, as a processing-time attribute.',
    returns: timestampLtz(3),
    at: toMillis,
  }),
  currentTime({
    name: 'LOCALTIMESTAMP',
    signature: 'LOCALTIMESTAMP',
    doc: "The present wall clock in the session's zone.",
    returns: timestamp(3),
    at: (utc, zone) => toMillis(toLocal(utc, zone)),
  }),
  currentTime({
    name: 'CURRENT_DATE',
    signature: 'CURRENT_DATE',
    doc: "The present day in the session's zone.",
    returns: DATE,
    at: (utc, zone) => Math.floor(toLocal(utc, zone) / MICROS_PER_DAY),
  }),
  currentTime({
    name: 'CURRENT_TIME',
    aliases: ['LOCALTIME'],
    signature: 'CURRENT_TIME',
    doc: "The present time of day in the session's zone.",
    returns: { kind: 'TIME', precision: 0, nullable: true },
    at: (utc, zone) => Math.floor(timeOfDay(toLocal(utc, zone)) / MICROS_PER_SECOND) * MICROS_PER_SECOND,
  }),
];

/** `UNIX_TIMESTAMP()`. */
export const unixNowOverload = {
  parameters: [],
  returns: BIGINT,
  evaluator: perJob(environment => () => Math.floor(environment.now() / MICROS_PER_SECOND)),
} as const;
