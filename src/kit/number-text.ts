import { formatDouble, formatFloat } from '../common/float-text.js';

/** `formatDouble`, faster for the numbers that are most frequent. */
export function doubleText(value: number): string {
  const magnitude = Math.abs(value);
  // Between these bounds JavaScript and Java write the same digits, and JavaScript no exponent.
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  return formatDouble(value);
}

/** `formatFloat`, faster for the numbers that embeddings are made of. */
export function floatText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude < 1e-3 || magnitude >= 1e7 || Number.isInteger(value) || !Number.isFinite(value)) return formatFloat(value);
  // Where seven digits do not read back, fewer do not either; where six do, still fewer may.
  const seven = Number(value.toPrecision(7));
  if (Math.fround(seven) === value) return Math.fround(Number(value.toPrecision(6))) === value ? formatFloat(value) : String(seven);
  const eight = Number(value.toPrecision(8));
  return String(Math.fround(eight) === value ? eight : Number(value.toPrecision(9)));
}
