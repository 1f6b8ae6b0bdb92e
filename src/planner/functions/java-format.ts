import { formatDecimal } from '../../common/decimal.js';
import { formatDouble, formatFloat } from '../../common/float-text.js';
import type { Long, Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';

/** A value that a pattern shows. */
export interface FormatArgument {
  readonly value: Value;
  readonly type: DataType;
  /** The value as `%s` shows it; not asked for NULL. */
  readonly text: () => string;
}

interface Specifier {
  readonly flags: ReadonlySet<string>;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** Lower case. */
  readonly conversion: string;
}

/** What Java throws, and PRINTF turns into NULL. */
class FormatError extends Error {}

const SPECIFIER = /%(?:(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%]))?/g;

/**
 * A text in the form of Java's `String.format` in the US locale: flags, width, precision and argument indices; the
 * conversions b, s, c, d, o, x, e, f, g, n and %, those with letters also in upper case.
 *
 * @returns `undefined` where the pattern is malformed, or asks for an argument that is not there or of another kind.
 */
export function formatJava(pattern: string, args: readonly FormatArgument[]): string | undefined {
  let next = 0;
  let last = -1;
  const argumentAt = (index: string | undefined, again: string | undefined): FormatArgument => {
    last = index !== undefined ? Number(index) - 1 : again !== undefined ? last : next++;
    const argument = args[last];
    if (argument === undefined) throw new FormatError();
    return argument;
  };
  try {
    return pattern.replace(
      SPECIFIER,
      (_, index?: string, again?: string, flags?: string, width?: string, precision?: string, letter?: string) => {
        if (letter === undefined) throw new FormatError();
        const specifier: Specifier = {
          flags: new Set(flags),
          width: width === undefined ? undefined : Number(width),
          precision: precision === undefined ? undefined : Number(precision),
          conversion: letter.toLowerCase(),
        };
        if (letter === 'n') return '\n';
        const text = letter === '%' ? padded('%', specifier) : formatArgument(specifier, argumentAt(index, again));
        return letter === specifier.conversion ? text : upperCase(text, letter);
      },
    );
  } catch (thrown) {
    if (thrown instanceof FormatError) return undefined;
    throw thrown;
  }
}

function upperCase(text: string, letter: string): string {
  if (!'BSCXEG'.includes(letter)) throw new FormatError();
  return text.toUpperCase();
}

function formatArgument(specifier: Specifier, argument: FormatArgument): string {
  const { conversion } = specifier;
  if (conversion === 'b') return padded(cut(booleanText(argument), specifier), specifier);
  if (argument.value === null) return padded(cut('null', specifier), specifier);
  switch (conversion) {
    case 's':
      return padded(cut(argument.text(), specifier), specifier);
    case 'c':
      return padded(characterOf(argument), specifier);
    case 'd':
    case 'o':
    case 'x':
      if (specifier.precision !== undefined || BITS[argument.type.kind] === undefined) throw new FormatError();
      return conversion === 'd' ? decimalDigits(specifier, argument) : radixDigits(specifier, argument);
    case 'e':
    case 'f':
    case 'g':
      return floatDigits(specifier, argument);
    default:
      throw new FormatError();
  }
}

function booleanText({ value, type }: FormatArgument): string {
  return String(type.kind === 'BOOLEAN' && value !== null ? value : value !== null);
}

function cut(text: string, { precision }: Specifier): string {
  return precision === undefined ? text : text.slice(0, precision);
}

/** Filled up to the width, on the left unless the flag - says otherwise. */
function padded(text: string, { flags, width }: Specifier): string {
  if (width === undefined) {
    if (flags.has('-')) throw new FormatError();
    return text;
  }
  return flags.has('-') ? text.padEnd(width) : text.padStart(width);
}

const BITS: Readonly<Partial<Record<DataType['kind'], number>>> = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 };

function characterOf({ value, type }: FormatArgument): string {
  const isCode = (BITS[type.kind] ?? 64) <= 32 && (value as number) >= 0 && (value as number) <= 0x10ffff;
  if (!isCode) throw new FormatError();
  return String.fromCodePoint(value as number);
}

function decimalDigits(specifier: Specifier, { value }: FormatArgument): string {
  const isNegative = (value as Long) < 0;
  return signed(isNegative, String(value).replace('-', ''), specifier);
}

/** Digits without a sign with what the flags put round them. */
function signed(isNegative: boolean, digits: string, specifier: Specifier): string {
  const { flags, width } = specifier;
  if ((flags.has('+') && flags.has(' ')) || (flags.has('-') && flags.has('0'))) throw new FormatError();
  const inBrackets = isNegative && flags.has('(');
  const before = inBrackets ? '(' : isNegative ? '-' : flags.has('+') ? '+' : flags.has(' ') ? ' ' : '';
  const after = inBrackets ? ')' : '';
  const shown = flags.has(',') ? digits.replace(/^\d+/, whole => whole.replace(/\B(?=(\d{3})+$)/g, ',')) : digits;
  if (!flags.has('0')) return padded(before + shown + after, specifier);
  if (width === undefined) throw new FormatError();
  return before + shown.padStart(width - before.length - after.length, '0') + after;
}

/** Negative numbers as two's complement in the width of their type. */
function radixDigits(specifier: Specifier, { value, type }: FormatArgument): string {
  const { flags, width, conversion } = specifier;
  if (['+', ' ', ',', '('].some(flag => flags.has(flag))) throw new FormatError();
  const digits = BigInt.asUintN(BITS[type.kind]!, BigInt(value as Long)).toString(conversion === 'x' ? 16 : 8);
  const prefix = flags.has('#') ? (conversion === 'x' ? '0x' : '0') : '';
  return flags.has('0') && width !== undefined ? prefix + digits.padStart(width - prefix.length, '0') : padded(prefix + digits, specifier);
}

function floatDigits(specifier: Specifier, argument: FormatArgument): string {
  const text = numberText(argument);
  const isNegative = text.startsWith('-');
  if (!/\d/.test(text)) {
    // NaN and the infinities are never filled with zeros.
    const flags = new Set([...specifier.flags].filter(flag => flag !== '0' && flag !== ','));
    return signed(isNegative, text.replace('-', ''), { ...specifier, flags });
  }
  const { digits, scale } = digitsOf(text);
  const { precision = 6, conversion } = specifier;
  if (conversion === 'f') return signed(isNegative, plain(digits, scale, precision), specifier);
  if (specifier.flags.has(',') && conversion === 'e') throw new FormatError();
  if (conversion === 'e') return signed(isNegative, scientific(digits, scale, precision), specifier);
  const significant = Math.max(precision, 1);
  const rounded = roundTo(digits, significant);
  const exponent = digits === '0' ? 0 : rounded.length + (digits.length - Math.min(digits.length, significant)) - scale - 1;
  const isPlain = exponent >= -4 && exponent < significant;
  return signed(
    isNegative,
    isPlain ? plain(digits, scale, significant - exponent - 1) : scientific(digits, scale, significant - 1),
    specifier,
  );
}

function numberText({ value, type }: FormatArgument): string {
  switch (type.kind) {
    case 'DOUBLE':
      return formatDouble(value as number);
    case 'FLOAT':
      return formatFloat(value as number);
    case 'DECIMAL':
      return formatDecimal(value as Long, type.scale);
    default:
      throw new FormatError();
  }
}

/** The digits of a number without its sign, and how many of them stand behind the point. */
function digitsOf(text: string): { readonly digits: string; readonly scale: number } {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)\.?(\d*)(?:E(-?\d+))?$/.exec(text)!;
  return { digits: (whole + fraction).replace(/^0+(?=\d)/, ''), scale: fraction.length - Number(exponent) };
}

/** The first digits, rounded half up; one more where that carries over. */
function roundTo(digits: string, count: number): string {
  if (digits.length <= count) return digits;
  const head = BigInt(digits.slice(0, count) || '0') + (digits.charCodeAt(count) >= 53 /* '5' */ ? 1n : 0n);
  return String(head);
}

function plain(digits: string, scale: number, precision: number): string {
  const kept = digits.length - scale + precision;
  const unscaled = kept < 0 ? '0' : kept >= digits.length ? digits + '0'.repeat(kept - digits.length) : roundTo(digits, kept);
  const filled = unscaled.padStart(precision + 1, '0');
  return precision === 0 ? filled : `${filled.slice(0, -precision)}.${filled.slice(-precision)}`;
}

function scientific(digits: string, scale: number, precision: number): string {
  const rounded = roundTo(digits, precision + 1);
  const carried = rounded.length > Math.min(digits.length, precision + 1) ? 1 : 0;
  const exponent = digits === '0' ? 0 : digits.length - scale - 1 + carried;
  const mantissa = rounded.slice(0, precision + 1).padEnd(precision + 1, '0');
  const fraction = precision === 0 ? '' : `.${mantissa.slice(1)}`;
  return `${mantissa[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
