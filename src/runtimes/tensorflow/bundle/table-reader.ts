import snappy from 'snappyjs';
import { damagedBundle } from './damaged-bundle.js';
import { maskedCrc } from './masked-crc.js';

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const TRAILER_BYTES = 5;
/** Most bytes that a compressed block may become. TensorFlow cuts blocks at 256 KiB, but one entry may be larger. */
const MAX_BLOCK_BYTES = 268_435_456;
/** Most bytes of a key; keys are names of variables. */
const MAX_KEY_BYTES = 4_096;

/**
 * The entries of a table of LevelDB, in the order of their keys (tensorflow/core/lib/io/table.cc): blocks of prefix-compressed
 * keys, snappy or plain, each with its checksum, found through an index block that the footer names. Keys are given as
 * latin1 text, a character a byte.
 *
 * @throws {MillraceError} `MODEL_LOAD` for anything that is not such a table, or was changed.
 */
export function readTable(bytes: Uint8Array): Map<string, Uint8Array> {
  if (bytes.length < FOOTER_BYTES) throw damagedBundle(`the index has ${bytes.length} bytes, and is cut off`);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.readBigUInt64LE(bytes.length - 8) !== MAGIC) throw damagedBundle('the index does not end as a table of TensorFlow does');
  const footer = new Cursor(view.subarray(bytes.length - FOOTER_BYTES, bytes.length - 8));
  // The meta index, which TensorFlow leaves empty.
  readHandle(footer);
  const index = readBlock(view, readHandle(footer));
  const entries = new Map<string, Uint8Array>();
  let unpacked = 0;
  for (const [, handle] of entriesOf(index)) {
    const block = readBlock(view, readHandle(new Cursor(handle)));
    unpacked += block.length;
    if (unpacked > MAX_BLOCK_BYTES) throw damagedBundle('the index unpacks into more than 256 MB');
    for (const [key, value] of entriesOf(block)) entries.set(key, value);
  }
  return entries;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readHandle(cursor: Cursor): Handle {
  return { offset: cursor.varint(), size: cursor.varint() };
}

function readBlock(bytes: Buffer, { offset, size }: Handle): Uint8Array {
  const end = offset + size;
  if (end + TRAILER_BYTES > bytes.length) throw damagedBundle('the index names a block beyond its end');
  if (maskedCrc(bytes.subarray(offset, end + 1)) !== bytes.readUInt32LE(end + 1))
    throw damagedBundle('a block of the index has another checksum');
  const block = bytes.subarray(offset, end);
  const kind = bytes[end];
  if (kind === 0) return block;
  if (kind !== 1) throw damagedBundle(`a block of the index is compressed by method ${kind}, which is not known`);
  try {
    return snappy.uncompress(block, MAX_BLOCK_BYTES);
  } catch (cause) {
    throw damagedBundle('a block of the index cannot be unpacked', cause);
  }
}

function* entriesOf(block: Uint8Array): Generator<[string, Uint8Array]> {
  if (block.length < 4) throw damagedBundle('a block of the index is cut off');
  const view = Buffer.from(block.buffer, block.byteOffset, block.length);
  const restarts = view.readUInt32LE(block.length - 4);
  const end = block.length - 4 - restarts * 4;
  if (end < 0) throw damagedBundle('a block of the index is cut off');
  const cursor = new Cursor(view.subarray(0, end));
  let key = Buffer.alloc(0);
  while (!cursor.isAtEnd) {
    const shared = cursor.varint();
    const own = cursor.varint();
    const size = cursor.varint();
    if (shared + own > MAX_KEY_BYTES) throw damagedBundle(`a key of the index has ${shared + own} bytes`);
    if (shared > key.length) throw damagedBundle('a key of the index repeats more than the key before it has');
    key = Buffer.concat([key.subarray(0, shared), cursor.take(own)]);
    yield [key.toString('latin1'), cursor.take(size)];
  }
}

/** Reads forwards through bytes, never beyond their end. */
export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get position(): number {
    return this.#at;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw damagedBundle('a number is cut off');
      this.#at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw damagedBundle('a length has more than 56 bits');
  }

  take(size: number): Buffer {
    if (size > this.#bytes.length - this.#at) throw damagedBundle('an entry reaches beyond its end');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}
