import { crc32 } from 'node:zlib';
import type { AnswerDatabase } from './open-folder.js';

/*
 * Keys of the database, as lmdb orders arrays:
 *
 *   ['answer', key]           an entry, see `encodeEntry`
 *   ['age', place]            key of the entry with this place: the oldest has the lowest
 *   ['end', expiresAt, key]   nothing: the entries in the order in which they expire
 *   'sizes'                   next place, and bytes of all entries; see `Sizes`
 *   'layout'                  version of all this
 */

export const LAYOUT = { key: 'layout', version: 1, value: Uint8Array.of(1) } as const;

/** @returns `undefined` for a folder that says none. */
export function layoutOf(database: AnswerDatabase): number | undefined {
  return database.get(LAYOUT.key)?.[0];
}

export interface Entry {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Grows with each entry that is written to the folder. */
  readonly place: number;
  readonly answer: Uint8Array;
}

/** Two doubles and a checksum, little-endian. */
const HEAD_BYTES = 20;

/** Layout: checksum of the key and the rest, time at which it expires, place, answer. */
export function encodeEntry(key: string, { expiresAt, place, answer }: Entry): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + answer.length);
  bytes.writeDoubleLE(expiresAt, 4);
  bytes.writeDoubleLE(place, 12);
  bytes.set(answer, HEAD_BYTES);
  bytes.writeUInt32LE(checksum(key, bytes), 0);
  return bytes;
}

/** @returns `undefined` for bytes that are damaged. */
export function decodeEntry(key: string, stored: Uint8Array): Entry | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== checksum(key, bytes)) return undefined;
  return { expiresAt: bytes.readDoubleLE(4), place: bytes.readDoubleLE(12), answer: Uint8Array.from(bytes.subarray(HEAD_BYTES)) };
}

function checksum(key: string, bytes: Buffer): number {
  return crc32(bytes.subarray(4), crc32(key));
}

export interface Sizes {
  readonly nextPlace: number;
  /** Of all entries, by `spaceOf`. */
  readonly bytes: number;
}

export function readSizes(database: AnswerDatabase): Sizes {
  const stored = database.get('sizes');
  if (stored?.length !== 16) return { nextPlace: 1, bytes: 0 };
  const bytes = Buffer.from(stored);
  return { nextPlace: bytes.readDoubleLE(0), bytes: bytes.readDoubleLE(8) };
}

export function encodeSizes({ nextPlace, bytes }: Sizes): Uint8Array {
  const stored = Buffer.allocUnsafe(16);
  stored.writeDoubleLE(nextPlace, 0);
  stored.writeDoubleLE(bytes, 8);
  return stored;
}

const PAGE_BYTES = 4_096;
/** Keys, heads and links of the three items of an entry, in pages that are two thirds full. */
const ITEMS_BYTES = 400;
/** Longer values have pages of their own. */
const LONGEST_IN_PAGE = 2_000;

/** Bytes of the database that an answer of so many takes. */
export function spaceOf(answerBytes: number): number {
  const isInPage = answerBytes <= LONGEST_IN_PAGE;
  return ITEMS_BYTES + (isInPage ? Math.ceil(answerBytes * 1.5) : Math.ceil((answerBytes + HEAD_BYTES + 16) / PAGE_BYTES) * PAGE_BYTES);
}
