import { allocate, type ElementType, type TensorData } from '../../spec/element-type.js';

/** Stands for a missing text. */
const NO_TEXT = 0xff_ff_ff_ff;

/** The values in the machine's order, which is little-endian wherever Node runs; of texts, for each its length in 4 bytes and its UTF-8. */
export function encodeTensor(data: TensorData): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const parts: Buffer[] = [];
  for (const text of data) {
    const bytes = text === null ? undefined : Buffer.from(text);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(bytes?.length ?? NO_TEXT);
    parts.push(prefix);
    if (bytes) parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** `count` values out of exactly these bytes; `undefined` where they are others. */
export function decodeTensor(element: ElementType, bytes: Buffer, count: number): TensorData | undefined {
  if (element === 'string') return decodeTexts(bytes, count);
  if (count > bytes.length) return undefined;
  const values = allocate(element, count) as Exclude<TensorData, (string | null)[]>;
  if (values.byteLength !== bytes.length) return undefined;
  new Uint8Array(values.buffer).set(bytes);
  return values;
}

function decodeTexts(bytes: Buffer, count: number): string[] | undefined {
  const texts: string[] = [];
  let at = 0;
  // Each text has 4 bytes at least, so a count that is too high ends the loop soon.
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return undefined;
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size > bytes.length - at) return undefined;
    texts.push(bytes.toString('utf8', at, at + size));
    at += size;
  }
  return at === bytes.length ? texts : undefined;
}
