/**
 * A double in the shape of Java's `Double.toString` (JDK 19 and newer): `1.0`, `1.0E10`, `NaN`, `-Infinity`.
 *
 * The digits are the shortest ones that read back as the same double; where one digit is enough, the nearest two.
 */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  if (!Number.isFinite(value)) return String(value);
  return layOut(value.toExponential(), () => value.toExponential(1));
}

/** As `formatDouble`, for a number that is a 32-bit float: the digits are the shortest that read back as that float. */
export function formatFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  if (!Number.isFinite(value)) return String(value);
  let fractionDigits = 0;
  let text = value.toExponential(0);
  // Nine significant digits tell any two floats apart.
  while (fractionDigits < 8 && Math.fround(Number(text)) !== value) text = value.toExponential(++fractionDigits);
  return layOut(text, () => value.toExponential(1));
}

/** Java's layout of a number in exponent form: plain digits from 10^-3 to 10^7, else one digit before the point. */
function layOut(exponentForm: string, twoDigits: () => string): string {
  const mantissa = exponentForm.slice(0, exponentForm.indexOf('e'));
  // A point at index 1 or, after a sign, 2 means more than one digit.
  const chosen = mantissa.includes('.') ? exponentForm : twoDigits();
  const [digitsText, exponentText] = chosen.split('e') as [string, string];
  const sign = digitsText.startsWith('-') ? '-' : '';
  const digits = digitsText.replace(/[-.]/g, '').replace(/0+$/, '');
  const exponent = Number(exponentText);
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}.${digits.slice(exponent + 1) || '0'}`;
}
