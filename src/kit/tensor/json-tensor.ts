import { doubleToHalf, halfToDouble } from '../float16.js';
import { bfloat16ToDouble, doubleToBfloat16 } from './bfloat16.js';
import {
  allocateElements,
  elementCount,
  datatypeFamily,
  integerRange,
  type BytesData,
  type Datatype,
  type Tensor,
  type TensorData,
} from './tensor.js';

/**
 * The elements of a tensor as the JSON list of the protocol's `data`: flat, in row-major order, integers with all digits.
 *
 * Elements that `isJsonElement` says are none of JSON are written all the same: bytes that are no UTF-8 with replacement
 * characters, NaN and infinities as words, which few others than Triton read.
 */
export function toJsonData({ datatype, data }: Tensor): string {
  return `[${jsonElements(datatype, data).join(',')}]`;
}

function jsonElements(datatype: Datatype, data: TensorData): { join(separator: string): string } {
  switch (datatype) {
    case 'BOOL':
      return Array.from(data as Uint8Array, value => value !== 0);
    case 'FP16':
      return Array.from(data as Uint16Array, halfToDouble);
    case 'BF16':
      return Array.from(data as Uint16Array, bfloat16ToDouble);
    case 'BYTES':
      return (data as BytesData).map(item => JSON.stringify(typeof item === 'string' ? item : new TextDecoder().decode(item)));
    default:
      return data;
  }
}

/** Whether JSON has a form for an element: not for bytes that are no UTF-8, NaN and infinities. */
export function isJsonElement(element: number | Uint8Array): boolean {
  if (typeof element === 'number') return Number.isFinite(element);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(element);
    return true;
  } catch {
    return false;
  }
}

/** Numbers that are too long for a double, and words that are no JSON; strings are matched to be passed over. */
const SPECIAL = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Inf(?:inity)?)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * A JSON text with tensors: as `JSON.parse`, but integers of 16 digits and more are strings of their digits, and so are
 * the words `NaN` and `Infinity`, which Triton writes.
 *
 * @throws {SyntaxError}
 */
export function parseTensorJson(text: string): unknown {
  const hasLongs = /"U?INT64"/.test(text) && /\d{16}/.test(text);
  if (!hasLongs && !/\b(?:NaN|Inf)/.test(text)) return JSON.parse(text);
  const quoted = text.replaceAll(SPECIAL, token => {
    if (token.startsWith('"')) return token;
    if (/^-?\d/.test(token)) return /^-?\d{16,}$/.test(token) ? `"${token}"` : token;
    return `"${token.replace(/Inf$/, 'Infinity')}"`;
  });
  return JSON.parse(quoted);
}

/**
 * The elements of a tensor from its `data`, which is flat or nested, as `parseTensorJson` gives it.
 *
 * @returns `undefined` where it is no list of as many elements of this type as the shape has.
 */
export function fromJsonData(json: unknown, datatype: Datatype, shape: readonly number[]): TensorData | undefined {
  if (!Array.isArray(json)) return undefined;
  const items = (json.some(Array.isArray) ? json.flat(Infinity) : json) as readonly unknown[];
  const count = elementCount(shape);
  if (items.length !== count) return undefined;
  if (datatype === 'BYTES') return items.every(item => typeof item === 'string') ? [...(items as string[])] : undefined;
  const data = allocateElements(datatype, count) as Exclude<TensorData, BytesData>;
  const read = elementReader(datatype);
  for (let i = 0; i < count; i++) {
    const element = read(items[i]);
    if (element === undefined) return undefined;
    data[i] = element;
  }
  return data;
}

/** Reads an element in the form that the typed array takes; `undefined` for what is none of the type. */
function elementReader(datatype: Datatype): (json: unknown) => number | bigint | undefined {
  const range = integerRange(datatype);
  if (range !== undefined) {
    const [min, max] = range;
    const isLong = datatype.endsWith('64');
    return json => {
      const value = wholeNumber(json);
      if (value === undefined || value < min || value > max) return undefined;
      return isLong ? BigInt(value) : Number(value);
    };
  }
  if (datatypeFamily(datatype) === 'bool') return json => (json === true || json === 1 ? 1 : json === false || json === 0 ? 0 : undefined);
  const encode = { FP16: doubleToHalf, BF16: doubleToBfloat16 }[datatype as string] ?? ((value: number) => value);
  return json => {
    const value = floatingNumber(json);
    return value === undefined ? undefined : encode(value);
  };
}

function wholeNumber(json: unknown): number | bigint | undefined {
  if (typeof json === 'number') return Number.isInteger(json) ? json : undefined;
  return typeof json === 'string' && /^-?\d+$/.test(json) ? BigInt(json) : undefined;
}

function floatingNumber(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  return typeof json === 'string' && /^(-?\d+|NaN|-?NaN|-?Infinity)$/.test(json) ? Number(json.replace('-NaN', 'NaN')) : undefined;
}
