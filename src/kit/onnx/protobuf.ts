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
  const tag = readVarint(bytes, from, end);
  if (tag === undefined || tag.value < 8n || tag.value > 0xffff_ffffn) return undefined;
  const wireType = Number(tag.value & 7n);
  const place = { number: Number(tag.value >> 3n), wireType, from };
  switch (wireType) {
    case 0:
      return { ...place, start: tag.end, end: readVarint(bytes, tag.end, end)?.end ?? Infinity };
    case 1:
      return { ...place, start: tag.end, end: tag.end + 8 };
    case 2: {
      const length = readVarint(bytes, tag.end, end);
      return length && { ...place, start: length.end, end: length.end + Number(length.value) };
    }
    case 5:
      return { ...place, start: tag.end, end: tag.end + 4 };
    default:
      return undefined;
  }
}

/** An unsigned integer of up to 64 bits and the offset after it; `undefined` when there is none before `limit`. */
function readVarint(bytes: Uint8Array, at: number, limit: number): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10 && at + i < limit; i++) {
    const byte = bytes[at + i]!;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

/** The numbers of a field of signed integers, whether it holds one or, packed, many. */
export function readIntegers(bytes: Uint8Array, field: WireField): bigint[] {
  const numbers: bigint[] = [];
  for (let at = field.start; at < field.end;) {
    const number = readVarint(bytes, at, field.end);
    if (number === undefined) break;
    numbers.push(BigInt.asIntN(64, number.value));
    at = number.end;
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
