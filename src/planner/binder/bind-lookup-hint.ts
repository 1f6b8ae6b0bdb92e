import { parseDuration } from '../../common/duration.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Hint } from '../../sql/ast/query.js';
import type { OptionPair } from '../../sql/ast/identifier.js';
import type { LookupHint } from '../logical/lookup-hint.js';

/** What the LOOKUP hints of a query say, by the table that they name; the last one for a table counts. */
export type LookupHints = ReadonlyMap<string, LookupHint>;

const FLAG: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);
const OUTPUT_MODES: ReadonlyMap<string, boolean> = new Map([
  ['ordered', true],
  ['allow_unordered', false],
]);

/** How the values of the options are read; `undefined` for one that is none. From Flink's `LookupJoinHintOptions`. */
const READERS = {
  table: (text: string) => (text.trim() === '' ? undefined : text.trim()),
  async: (text: string) => FLAG.get(text.trim().toLowerCase()),
  'output-mode': (text: string) => OUTPUT_MODES.get(text.trim().toLowerCase()),
  capacity: positiveInteger,
  timeout: positiveDuration,
  'retry-predicate': (text: string) => (text.trim().toLowerCase() === 'lookup_miss' ? 'lookup_miss' : undefined),
  'retry-strategy': (text: string) => (text.trim().toLowerCase() === 'fixed_delay' ? 'fixed_delay' : undefined),
  'fixed-delay': positiveDuration,
  'max-attempts': positiveInteger,
} as const;

type Key = keyof typeof READERS;
type Read = { -readonly [K in Key]?: NonNullable<ReturnType<(typeof READERS)[K]>> };

const EXPECTED: { readonly [K in Key]: string } = {
  table: 'the name or alias of a table',
  async: 'true or false',
  'output-mode': 'ordered or allow_unordered',
  capacity: 'a whole number above 0',
  timeout: 'a duration above 0, such as 180 s',
  'retry-predicate': 'lookup_miss',
  'retry-strategy': 'fixed_delay',
  'fixed-delay': 'a duration above 0, such as 10 s',
  'max-attempts': 'a whole number above 0',
};

/** Only together they say when to ask again. */
const RETRY_KEYS: readonly Key[] = ['retry-predicate', 'retry-strategy', 'fixed-delay', 'max-attempts'];

export interface NamedLookupHint {
  /** The name or alias of a table. */
  readonly table: string;
  readonly hint: LookupHint;
}

/** @throws {MillraceError} `INVALID_ARGUMENT` at an option that Flink refuses too. */
export function lookupHint(hint: Hint): NamedLookupHint {
  const read = readOptions(hint);
  if (read.table === undefined) throw refused(hint, "a LOOKUP hint names its table: 'table' = 'customers'");
  const given = RETRY_KEYS.filter(key => read[key] !== undefined);
  if (given.length > 0 && given.length < RETRY_KEYS.length) {
    throw refused(hint, `a LOOKUP hint has all of ${RETRY_KEYS.join(', ')}, or none`);
  }
  const { 'fixed-delay': delayMs, 'max-attempts': attempts } = read;
  return {
    table: read.table,
    hint: {
      async: read.async,
      ordered: read['output-mode'],
      capacity: read.capacity,
      timeoutMs: read.timeout,
      retryMisses: delayMs === undefined || attempts === undefined ? undefined : { attempts, delayMs },
    },
  };
}

function readOptions(hint: Hint): Read {
  const read: Read = {};
  for (const pair of hint.options) {
    const key = keyOf(pair);
    const value = READERS[key](pair.value);
    if (value === undefined) {
      throw new MillraceError({
        code: 'INVALID_ARGUMENT',
        message: `'${key}' of a LOOKUP hint is ${EXPECTED[key]}, not '${pair.value}'`,
        span: pair.valueSpan,
      });
    }
    Object.assign(read, { [key]: value });
  }
  return read;
}

function keyOf({ key, keySpan }: OptionPair): Key {
  if (Object.hasOwn(READERS, key)) return key as Key;
  const suggestion = nearest(key, Object.keys(READERS));
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `a LOOKUP hint has no option '${key}'`,
    span: keySpan,
    notes: [{ message: suggestion === undefined ? `its options are ${Object.keys(READERS).join(', ')}` : `did you mean '${suggestion}'?` }],
  });
}

function refused({ span }: Hint, message: string): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message, span });
}

function positiveInteger(text: string): number | undefined {
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** In milliseconds. */
function positiveDuration(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms > 0 ? ms : undefined;
}
