import { Instant } from '../instant.js';
import { RowFailure } from '../row.js';
import type { Value } from '../value.js';
import { roundHalfEven } from './math.js';

const CONVERSION = /%([-+ 0,(#]*)(\d{1,3})?(?:\.(\d{1,2}))?([dfeEsx%])/g;

/** A number by a pattern of C's `printf`, as `%5.2f` or `%3d`. */
export function formatNumber(value: number, pattern: string): string {
  if (!Number.isFinite(value)) return String(value);
  return pattern.replace(CONVERSION, (_, flags: string, width: string | undefined, precision: string | undefined, conversion: string) => {
    if (conversion === '%') return '%';
    const sign = value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
    let digits = digitsOf(Math.abs(value), conversion, precision);
    if (flags.includes(',')) digits = digits.replace(/^\d+/, whole => whole.replace(/\B(?=(?:\d{3})+$)/g, ','));
    const length = Number(width ?? 0);
    if (flags.includes('-')) return (sign + digits).padEnd(length);
    return flags.includes('0') ? sign + digits.padStart(length - sign.length, '0') : (sign + digits).padStart(length);
  });
}

function digitsOf(magnitude: number, conversion: string, precision: string | undefined): string {
  switch (conversion) {
    case 'd':
      return magnitude < 1e21 ? BigInt(roundHalfEven(magnitude)).toString() : String(magnitude);
    case 'x':
      return Math.trunc(magnitude).toString(16);
    case 'e':
    case 'E': {
      const text = magnitude.toExponential(Number(precision ?? 6)).replace(/e([+-])(\d)$/, 'e$10$2');
      return conversion === 'E' ? text.toUpperCase() : text;
    }
    case 's':
      return String(magnitude);
    default:
      return fixed(magnitude, Number(precision ?? 6));
  }
}

/** Decimals by the shortest digits that mean the number, a half going up, as Java rounds: 2.3695 becomes 2.370. */
function fixed(magnitude: number, decimals: number): string {
  const [digits, exponent = '0'] = String(magnitude).split('e') as [string, string?];
  const [whole, rest = ''] = digits.split('.') as [string, string?];
  const shift = Number(exponent) + decimals - rest.length;
  const all = BigInt(whole + rest);
  const scaled = shift >= 0 ? all * 10n ** BigInt(shift) : (all + 5n * 10n ** BigInt(-shift - 1)) / 10n ** BigInt(-shift);
  const text = scaled.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const FIELDS: Readonly<Record<string, (date: Date) => string>> = {
  Y: date => String(date.getUTCFullYear()).padStart(4, '0'),
  y: date => two(date.getUTCFullYear() % 100),
  m: date => two(date.getUTCMonth() + 1),
  d: date => two(date.getUTCDate()),
  e: date => String(date.getUTCDate()).padStart(2),
  H: date => two(date.getUTCHours()),
  I: date => two(date.getUTCHours() % 12 || 12),
  M: date => two(date.getUTCMinutes()),
  S: date => two(date.getUTCSeconds()),
  p: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  B: date => MONTHS[date.getUTCMonth()]!,
  b: date => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  A: date => DAYS[date.getUTCDay()]!,
  a: date => DAYS[date.getUTCDay()]!.slice(0, 3),
  j: date => String(Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, '0'),
  '%': () => '%',
};

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** A date or time by a pattern of C's `strftime`, in English. */
export function formatDateTime(value: NonNullable<Value>, pattern: string): string {
  if (!(value instanceof Instant)) throw new RowFailure('"formatDatetime" takes a date or time');
  const date = new Date(value.seconds * 1000);
  return pattern.replace(/%([A-Za-z%])/g, (text, letter: string) => FIELDS[letter]?.(date) ?? text);
}
