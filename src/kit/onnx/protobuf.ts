/*
 * The wire format of protocol buffers, as far as finding and replacing fields needs it:
 * https://protobuf.dev/programming-guides/encoding/
 */

/** One field of a message, by its place in the bytes. */
export interface WireField {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 with a length in front, 5 four bytes. */
  readonly wireType: number;
  /** Offset of the field's tag. */
  readonly from: number;
  /** Offset of its content, after the tag and the length. */
  readonly start: number;
  /** Offset after the content. */
  readonly end: number;
}

/**
 * The fields of the message that stands in `bytes` from `start` to `end`, in order.
 *
 * @returns `undefined` when these bytes are no message.
 */
export function readFields(bytes: Uint8Array, start = 0, end = bytes.length): WireField[] | undefined {
  const fields: WireField[] = [];
  let at = start;
  while (at < end) {
    const field = readField(bytes, at, end);
    if (field === undefined || field.end > end) return undefined;
    fields.push(field);
    at = field.end;
  }
  return fields;
}

/**
 * The field that begins at `from`; its content may end after `end`.
 *
 * @returns `undefined` when no field begins there.
 */
export function readField(bytes: Uint8Array, from: number, end = bytes.length): WireField | undefined {
  const tagEnd = varintEnd(bytes, from, end);
  const tag = tagEnd === undefined ? 0 : varintNumber(bytes, from, tagEnd);
  if (tagEnd === undefined || tag < 8 || tag > 0xffff_ffff) return undefined;
  const wireType = tag % 8;
  const number = Math.floor(tag / 8);
  switch (wireType) {
    case 0:
      return { number, wireType, from, start: tagEnd, end: varintEnd(bytes, tagEnd, end) ?? Infinity };
    case 1:
      return { number, wireType, from, start: tagEnd, end: tagEnd + 8 };
    case 2: {
      const start = varintEnd(bytes, tagEnd, end);
      return start === undefined ? undefined : { number, wireType, from, start, end: start + varintNumber(bytes, tagEnd, start) };
    }
    case 5:
      return { number, wireType, from, start: tagEnd, end: tagEnd + 4 };
    default:
      return undefined;
  }
}

/** The offset after an integer of up to 64 bits; `undefined` when it does not end before `limit`. */
function varintEnd(bytes: Uint8Array, at: number, limit: number): number | undefined {
  for (let i = at; i < limit && i < at + 10; i++) if (bytes[i]! < 0x80) return i + 1;
  return undefined;
}

/** The unsigned integer between two offsets; beyond 2^53 not exactly, which is more than any file has bytes. */
function varintNumber(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = end - 1; i >= at; i--) value = value * 0x80 + (bytes[i]! & 0x7f);
  return value;
}

/** As `varintNumber`, exactly. */
function varintBigInt(bytes: Uint8Array, at: number, end: number): bigint {
  let value = 0n;
  for (let i = end - 1; i >= at; i--) value = (value << 7n) | BigInt(bytes[i]! & 0x7f);
  return value;
}

/** The numbers of a field of signed integers, whether it holds one or, packed, many. */
export function readIntegers(bytes: Uint8Array, field: WireField): bigint[] {
  const numbers: bigint[] = [];
  for (let at = field.start; at < field.end;) {
    const end = varintEnd(bytes, at, field.end);
    if (end === undefined) break;
    numbers.push(BigInt.asIntN(64, varintBigInt(bytes, at, end)));
    at = end;
  }
  return numbers;
}

/** As `readIntegers`, for numbers that only matter where they are small: negative and very large ones are beyond 2^53. */
export function readSmallIntegers(bytes: Uint8Array, field: WireField): number[] {
  const numbers: number[] = [];
  for (let at = field.start; at < field.end;) {
    const end = varintEnd(bytes, at, field.end);
    if (end === undefined) break;
    numbers.push(varintNumber(bytes, at, end));
    at = end;
  }
  return numbers;
}

/** The UTF-8 text of a field. */
export function readText(bytes: Uint8Array, field: WireField): string {
  return new TextDecoder().decode(bytes.subarray(field.start, field.end));
}

/** The bytes of a field with a length in front. */
export function encodeField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return joinBytes([encodeVarint(number * 8 + 2), encodeVarint(bytes.length), bytes]);
}

/** The bytes of a field of one integer that is not negative. */
export function encodeIntegerField(number: number, value: number): Uint8Array {
  return joinBytes([encodeVarint(number * 8), encodeVarint(value)]);
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** All parts, one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
