import { parseLong, type Long } from '../../common/long.js';

const NUMBER = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * The exact value of a JSON number that is whole: `12`, `12.0`, `1.2e1`.
 *
 * @returns `undefined` for other texts, for numbers with a fraction and beyond 64 bits.
 */
export function wholeNumber(text: string): Long | undefined {
  const direct = parseLong(text);
  if (direct !== undefined) return direct;
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const whole = match[2]!;
  const digits = whole + (match[3] ?? '');
  const point = whole.length + Number(match[4] ?? 0);
  if (/[1-9]/.test(digits.slice(Math.max(0, point)))) return undefined;
  if (point <= 0 || !/[1-9]/.test(digits)) return 0;
  // Beyond 64 bits in any case; without the check, an exponent could ask for gigabytes of zeros.
  if (point - /[1-9]/.exec(digits)!.index > 19) return undefined;
  return parseLong(match[1]! + digits.slice(0, point).padEnd(point, '0'));
}
