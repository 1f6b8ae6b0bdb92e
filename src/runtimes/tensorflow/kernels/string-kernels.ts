import { fingerprint64 } from 'farmhash-modern';
import { countOf, numbersOf, stringsOf, tensorOf, type Tensor } from '../model/tensor.js';
import type { NodeAttributes } from '../model/node-attributes.js';
import type { Kernel } from './kernel.js';
import { regexOf, rewriteOf } from './re2-pattern.js';

/** Text of the same shape. */
function texts(a: Tensor, change: (text: string) => string): Tensor {
  return { element: 'string', shape: a.shape, data: stringsOf(a).map(change) };
}

/** Without an encoding only ASCII letters have a case. */
function cased(change: (text: string) => string): Kernel {
  return ([a], attributes) => [texts(a!, attributes.text('encoding', '') === '' ? text => text.replaceAll(/[A-Za-z]+/g, change) : change)];
}

/** FarmHash's 64-bit fingerprint, modulo the buckets. */
export function hashBucket(text: string, buckets: bigint): bigint {
  return fingerprint64(text) % buckets;
}

const toHashBucket: Kernel = ([a], attributes) => {
  const buckets = BigInt(attributes.int('num_buckets', 1));
  return [{ element: 'int64', shape: a!.shape, data: BigInt64Array.from(stringsOf(a!), text => hashBucket(text, buckets)) }];
};

/** As `printf` writes it: %d, %f, %e or the shortest. */
const asString: Kernel = ([a], attributes) => {
  const precision = attributes.int('precision', -1);
  const width = attributes.int('width', -1);
  const fill = attributes.text('fill', '');
  const write = formatOf(a!, { precision, scientific: attributes.bool('scientific', false), shortest: attributes.bool('shortest', false) });
  const pad = (text: string): string =>
    width < 0 ? text : fill === '-' ? text.padEnd(width) : text.padStart(width, fill === '0' ? '0' : ' ');
  return [{ element: 'string', shape: a!.shape, data: Array.from(a!.data as ArrayLike<number | bigint>, value => pad(write(value))) }];
};

function formatOf(
  a: Tensor,
  { precision, scientific, shortest }: { precision: number; scientific: boolean; shortest: boolean },
): (value: number | bigint) => string {
  if (a.element === 'bool') return value => (value === 1 ? 'true' : 'false');
  if (a.element.includes('int')) return String;
  if (a.element === 'string' || a.element === 'half' || shortest) throw new Error(`of ${a.element}`);
  const digits = precision < 0 ? 6 : precision;
  return value => {
    const number = Number(value);
    if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
    if (scientific) return number.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
    // toFixed goes over to exponents at 1e21.
    return Math.abs(number) < 1e21 ? number.toFixed(digits) : `${BigInt(number)}.${'0'.repeat(digits)}`;
  };
}

/** Scalars stand beside each element of the others. */
const join: Kernel = (inputs, attributes) => {
  const separator = attributes.text('separator', '');
  const shape = inputs.find(input => input.shape.length > 0)?.shape ?? [];
  const parts = inputs.map(stringsOf);
  const data = Array.from({ length: countOf(shape) }, (_, i) =>
    parts.map((part, k) => part[inputs[k]!.shape.length === 0 ? 0 : i]!).join(separator),
  );
  return [{ element: 'string', shape, data }];
};

const substr: Kernel = ([a, position, length], attributes) => {
  const starts = numbersOf(position!);
  const lengths = numbersOf(length!);
  const isCharacters = attributes.text('unit', 'BYTE') === 'UTF8_CHAR';
  const data = stringsOf(a!).map((text, i) => {
    const at = starts[starts.length === 1 ? 0 : i]!;
    const count = lengths[lengths.length === 1 ? 0 : i]!;
    // Bytes that are cut out of the middle of a character are no text any more.
    const units = isCharacters ? [...text] : Buffer.from(text);
    if (at > units.length || -at > units.length) throw new RangeError(`position ${at} of a text with ${units.length}`);
    const start = at < 0 ? units.length + at : at;
    const part = units.slice(start, start + count);
    return Array.isArray(part) ? part.join('') : Buffer.from(part as Uint8Array).toString('utf8');
  });
  return [{ element: 'string', shape: a!.shape, data }];
};

const replace =
  (pattern: (inputs: readonly Tensor[], attributes: NodeAttributes) => readonly [string, string]): Kernel =>
  (inputs, attributes) => {
    const [expression, rewrite] = pattern(inputs, attributes);
    const regex = regexOf(expression, attributes.bool('replace_global', true) ? 'gu' : 'u');
    const text = rewriteOf(rewrite);
    return [texts(inputs[0]!, value => value.replace(regex, text))];
  };

const fullMatch =
  (pattern: (inputs: readonly Tensor[], attributes: NodeAttributes) => string): Kernel =>
  (inputs, attributes) => {
    const regex = regexOf(`^(?:${pattern(inputs, attributes)})$`, 'u');
    return [{ element: 'bool', shape: inputs[0]!.shape, data: Uint8Array.from(stringsOf(inputs[0]!), text => Number(regex.test(text))) }];
  };

/** The parts of each text, as a sparse matrix. Without a separator blanks part, however many, and none at the ends. */
const split: Kernel = ([a, separator], attributes) => {
  const by = separator === undefined ? undefined : stringsOf(separator)[0];
  const limit = attributes.int('maxsplit', -1);
  const rows = stringsOf(a!).map(text => parts(text, by ?? '', limit));
  const indices = rows.flatMap((row, i) => row.flatMap((_, j) => [i, j]));
  const values = rows.flat();
  const widest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return [
    tensorOf('int64', [values.length, 2], indices),
    { element: 'string', shape: [values.length], data: values },
    tensorOf('int64', [2], [rows.length, widest]),
  ];
};

function parts(text: string, by: string, limit: number): string[] {
  if (by !== '') {
    const all = text.split(by);
    return limit < 0 || all.length <= limit + 1 ? all : [...all.slice(0, limit), all.slice(limit).join(by)];
  }
  if (limit < 0) return text.split(/[ \t\n\v\f\r]+/).filter(part => part !== '');
  const found: string[] = [];
  let rest = text.replace(/^[ \t\n\v\f\r]+/, '');
  while (rest !== '' && found.length < limit) {
    const blank = rest.search(/[ \t\n\v\f\r]/);
    if (blank < 0) break;
    found.push(rest.slice(0, blank));
    rest = rest.slice(blank).replace(/^[ \t\n\v\f\r]+/, '');
  }
  return rest === '' ? found : [...found, rest];
}

const toNumber: Kernel = ([a], attributes) => {
  const element = attributes.element('out_type', 'float') ?? 'float';
  const isInteger = element.includes('int');
  const values = stringsOf(a!).map(text => {
    const trimmed = text.trim();
    const special = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
    if (!isInteger && special) return special[2]!.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
    if (isInteger ? /^-?\d{1,19}$/.test(trimmed) : /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed))
      return isInteger ? BigInt(trimmed) : Number(trimmed);
    throw new RangeError(`"${text.slice(0, 40)}" is no number`);
  });
  return [tensorOf(element, a!.shape, values)];
};

export const STRING_KERNELS: Readonly<Record<string, Kernel>> = {
  AsString: asString,
  StringJoin: join,
  StringLower: cased(text => text.toLowerCase()),
  StringUpper: cased(text => text.toUpperCase()),
  StringStrip: ([a]) => [texts(a!, text => text.replace(/^[ \t\n\v\f\r]+/, '').replace(/[ \t\n\v\f\r]+$/, ''))],
  StringToHashBucketFast: toHashBucket,
  Substr: substr,
  StaticRegexReplace: replace((_, attributes) => [attributes.text('pattern', ''), attributes.text('rewrite', '')]),
  RegexReplace: replace(([, pattern, rewrite]) => [stringsOf(pattern!)[0]!, stringsOf(rewrite!)[0]!]),
  StaticRegexFullMatch: fullMatch((_, attributes) => attributes.text('pattern', '')),
  RegexFullMatch: fullMatch(([, pattern]) => stringsOf(pattern!)[0]!),
  StringSplit: split,
  StringSplitV2: split,
  StringToNumber: toNumber,
};
