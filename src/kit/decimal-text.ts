import { formatDecimal } from '../common/decimal.js';
import type { Long } from '../common/long.js';

/**
 * A decimal as Flink's formats write it: without trailing zeros, and with an exponent where Java's `BigDecimal.toString`
 * has one (`1E+5`, `2.7E-8`).
 */
export function scientificDecimal(unscaled: Long, scale: number): string {
  if (unscaled === 0) return '0';
  const text = String(unscaled);
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).replace(/0+$/, '');
  const strippedScale = scale - (text.length - sign.length - digits.length);
  // https://docs.oracle.com/javase/8/docs/api/java/math/BigDecimal.html#toString--
  const exponent = digits.length - 1 - strippedScale;
  if (strippedScale >= 0 && exponent >= -6)
    return sign + formatDecimal(digits.length <= 15 ? Number(digits) : BigInt(digits), strippedScale);
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}E${exponent < 0 ? '' : '+'}${exponent}`;
}

/** A decimal in plain digits without trailing zeros: `100`, `2.5`, `0.000000027`. */
export function plainDecimal(unscaled: Long, scale: number): string {
  const text = formatDecimal(unscaled, scale);
  return scale === 0 ? text : text.replace(/\.?0+$/, '');
}
