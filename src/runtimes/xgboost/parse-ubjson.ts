import { ByteCursor } from './byte-cursor.js';
import { MAX_DEPTH, type DocumentObject, type DocumentValue, type NumberArray } from './document-value.js';
import { malformed } from './malformed.js';

/*
 * UBJSON as XGBoost writes and reads it (https://ubjson.org, with its optimised arrays; big-endian):
 *
 *   value  := Z | T | F | i int8 | U uint8 | I int16 | l int32 | L int64 | d float32 | D float64 | C char
 *           | S length bytes | object | array
 *   object := '{' {length name value} '}'
 *   array  := '[' '$' type '#' length data          numbers side by side
 *           | '[' '#' length {value}                no bracket at the end
 *           | '[' {value} ']'
 *   length := an integer value
 */

/** @throws {MillraceError} `MODEL_LOAD` where these bytes are no complete document. */
export function parseUbjson(bytes: Uint8Array): DocumentValue {
  const cursor = new ByteCursor(bytes, 'big-endian');
  const value = readValue(cursor, cursor.uint8(), 0);
  if (cursor.remaining > 0) throw malformed(`${cursor.remaining} bytes follow the end of the document at byte ${cursor.offset}`);
  return value;
}

const decoder = new TextDecoder();

function readValue(cursor: ByteCursor, marker: number, depth: number): DocumentValue {
  switch (String.fromCharCode(marker)) {
    case 'Z':
      return null;
    case 'T':
      return true;
    case 'F':
      return false;
    case 'd':
      return cursor.float32();
    case 'D':
      return cursor.float64();
    case 'C':
      return String.fromCharCode(cursor.uint8());
    case 'S':
      return readText(cursor, cursor.uint8());
    case '{':
      return readObject(cursor, depth + 1);
    case '[':
      return readArray(cursor, depth + 1);
    default:
      return readInteger(cursor, marker);
  }
}

function readInteger(cursor: ByteCursor, marker: number): number | bigint {
  switch (String.fromCharCode(marker)) {
    case 'i':
      return cursor.int8();
    case 'U':
      return cursor.uint8();
    case 'I':
      return cursor.int16();
    case 'l':
      return cursor.int32();
    case 'L': {
      const value = cursor.int64();
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    default:
      throw malformed(
        `at byte ${cursor.offset - 1} stands ${JSON.stringify(String.fromCharCode(marker))}, which begins no value of UBJSON`,
      );
  }
}

/** A count of things that take at least `size` bytes each. */
function readLength(cursor: ByteCursor, marker: number, size: number): number {
  const at = cursor.offset;
  const length = readInteger(cursor, marker);
  if (length < 0 || BigInt(length) * BigInt(size) > BigInt(cursor.remaining))
    throw malformed(`at byte ${at} it announces ${length} items, and ${cursor.remaining} bytes are left`);
  return Number(length);
}

function readText(cursor: ByteCursor, lengthMarker: number): string {
  return decoder.decode(cursor.take(readLength(cursor, lengthMarker, 1)));
}

function readObject(cursor: ByteCursor, depth: number): DocumentObject {
  checkDepth(cursor, depth);
  // Without a prototype, a member of any name is only a member.
  const object: Record<string, DocumentValue> = Object.create(null) as Record<string, DocumentValue>;
  for (;;) {
    const marker = cursor.uint8();
    if (marker === BRACE_END) return object;
    const name = readText(cursor, marker);
    object[name] = readValue(cursor, cursor.uint8(), depth);
  }
}

function readArray(cursor: ByteCursor, depth: number): readonly DocumentValue[] | NumberArray {
  checkDepth(cursor, depth);
  const first = cursor.peek();
  if (first === DOLLAR) {
    cursor.skip(1);
    return readNumbers(cursor);
  }
  const values: DocumentValue[] = [];
  if (first === HASH) {
    cursor.skip(1);
    for (let left = readLength(cursor, cursor.uint8(), 1); left > 0; left--) values.push(readValue(cursor, cursor.uint8(), depth));
    return values;
  }
  for (;;) {
    const marker = cursor.uint8();
    if (marker === BRACKET_END) return values;
    values.push(readValue(cursor, marker, depth));
  }
}

function readNumbers(cursor: ByteCursor): NumberArray {
  const at = cursor.offset;
  const type = String.fromCharCode(cursor.uint8());
  const kind = NUMBERS.get(type);
  if (kind === undefined)
    throw malformed(`at byte ${at} stands an array of the type ${JSON.stringify(type)}, which XGBoost does not write`);
  if (cursor.uint8() !== HASH) throw malformed(`at byte ${cursor.offset - 1} an array has a type, but no length`);
  const length = readLength(cursor, cursor.uint8(), kind.bytes);
  // A copy, so that the numbers are aligned and the file's bytes can be freed.
  const copy = Uint8Array.from(cursor.take(length * kind.bytes));
  if (kind.bytes === 2) Buffer.from(copy.buffer).swap16();
  if (kind.bytes === 4) Buffer.from(copy.buffer).swap32();
  if (kind.bytes === 8) Buffer.from(copy.buffer).swap64();
  return kind.of(copy.buffer);
}

const NUMBERS: ReadonlyMap<string, { readonly bytes: number; readonly of: (buffer: ArrayBuffer) => NumberArray }> = new Map([
  ['d', { bytes: 4, of: buffer => new Float32Array(buffer) }],
  ['D', { bytes: 8, of: buffer => new Float64Array(buffer) }],
  ['i', { bytes: 1, of: buffer => new Int8Array(buffer) }],
  ['U', { bytes: 1, of: buffer => new Uint8Array(buffer) }],
  ['I', { bytes: 2, of: buffer => new Int16Array(buffer) }],
  ['l', { bytes: 4, of: buffer => new Int32Array(buffer) }],
  ['L', { bytes: 8, of: buffer => new BigInt64Array(buffer) }],
]);

const BRACE_END = 0x7d;
const BRACKET_END = 0x5d;
const DOLLAR = 0x24;
const HASH = 0x23;

function checkDepth(cursor: ByteCursor, depth: number): void {
  if (depth > MAX_DEPTH) throw malformed(`arrays and objects are nested deeper than ${MAX_DEPTH} at byte ${cursor.offset}`);
}
