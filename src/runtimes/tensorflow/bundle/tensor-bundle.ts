import type protobuf from 'protobufjs';
import { toNumber, type BundleEntryProto, type BundleHeaderProto, type TensorSliceProto } from '../proto/messages.js';
import { stridedIndex, stridesOf } from '../kernels/kernel.js';
import { countOf, elementOf, ELEMENTS, roomFor, sizesOf, tensorOfBytes, utf8, type Element, type Tensor } from '../model/tensor.js';
import { damagedBundle } from './damaged-bundle.js';
import { maskedCrc } from './masked-crc.js';
import { sliceKey, type Extent } from './slice-key.js';
import { Cursor, readTable } from './table-reader.js';

/** Most slices of one variable, and most shards of one bundle. */
const MAX_PARTS = 65_536;

/** The data files, from 0. */
export interface Shards {
  /** Bytes of a file, at most as many as it has. @throws {MillraceError} `MODEL_LOAD`, `FILE_NOT_FOUND` */
  read(shard: number, shards: number, range: { readonly offset: number; readonly size: number }): Uint8Array;
}

/**
 * The variables of a SavedModel: a table of names in `variables.index`, values in `variables.data-00000-of-0000N`
 * (tensorflow/core/util/tensor_bundle). Values are read when they are asked for, and checked by their checksums.
 */
export class TensorBundle {
  readonly #entries: ReadonlyMap<string, Uint8Array>;
  readonly #schema: protobuf.Root;
  readonly #shards: Shards;
  readonly #shardCount: number;

  /** @throws {MillraceError} `MODEL_LOAD` */
  constructor(index: Uint8Array, schema: protobuf.Root, shards: Shards) {
    this.#entries = readTable(index);
    this.#schema = schema;
    this.#shards = shards;
    const header = this.#entries.get('');
    if (header === undefined) throw damagedBundle('the index has no header');
    const { num_shards: count, endianness } = this.#decode<BundleHeaderProto>('BundleHeaderProto', header);
    if (endianness !== 0) throw damagedBundle('it was written by a big-endian machine');
    if (count < 0 || count > MAX_PARTS) throw damagedBundle(`the index names ${count} shards`);
    this.#shardCount = count;
  }

  has(key: string): boolean {
    return key !== '' && this.#entries.has(latin1(key));
  }

  /** All names, in the order of their bytes. */
  keys(): string[] {
    return [...this.#entries.keys()]
      .filter(key => key !== '' && !key.startsWith('\0'))
      .map(key => Buffer.from(key, 'latin1').toString('utf8'));
  }

  /**
   * The value of a variable, put together where it was saved in slices.
   *
   * @param slice the part of it that is wanted, as `RestoreV2` names it (`10 4 0,5:-`); all of it when empty.
   * @throws {MillraceError} `MODEL_LOAD`
   */
  read(key: string, slice = ''): Tensor {
    const whole = this.#whole(key);
    return slice === '' ? whole : partOf(whole, slice, key);
  }

  /** The bytes of a single string, which need be no text. @throws {MillraceError} `MODEL_LOAD` */
  readBytes(key: string): Uint8Array {
    const entry = this.#entry(latin1(key), key);
    const [bytes] = stringsIn(this.#bytes(entry, key), { count: 1, name: key, checksum: entry.crc32c });
    return bytes!;
  }

  #whole(key: string): Tensor {
    const entry = this.#entry(latin1(key), key);
    const { element, shape } = describe(entry, key);
    if (entry.slices.length === 0) return this.#value(entry, element, shape, key);
    if (entry.slices.length > MAX_PARTS) throw damagedBundle(`variable "${key}" has ${entry.slices.length} slices`);
    // All parts are read before there is room for the whole, which is then no larger than what the files hold.
    const parts = entry.slices.map(proto => {
      const extents = extentsOf(proto, shape, key);
      const sizes = extents.map(({ length }, i) => (length < 0 ? shape[i]! : length));
      const tensor = this.#value(this.#entry(sliceKey(latin1(key), extents), key), element, sizes, key);
      return { tensor, start: extents.map(extent => extent.start) };
    });
    if (parts.reduce((sum, { tensor }) => sum + tensor.data.length, 0) !== countOf(shape))
      throw damagedBundle(`the slices of variable "${key}" do not make up the whole`);
    const whole = roomFor(element, shape);
    for (const { tensor, start } of parts) copyInto(whole, tensor, start);
    return whole;
  }

  #entry(key: string, name: string): BundleEntryProto {
    const bytes = this.#entries.get(key);
    if (bytes === undefined) throw damagedBundle(`there is no variable "${name}"`);
    return this.#decode<BundleEntryProto>('BundleEntryProto', bytes);
  }

  #value(entry: BundleEntryProto, element: Element, shape: readonly number[], name: string): Tensor {
    const bytes = this.#bytes(entry, name);
    if (element === 'string')
      return { element, shape, data: stringsIn(bytes, { count: countOf(shape), name, checksum: entry.crc32c }).map(utf8) };
    if (bytes.length !== countOf(shape) * ELEMENTS[element].bytes)
      throw damagedBundle(`variable "${name}" has ${bytes.length} bytes, which is not what its shape [${shape.join(', ')}] needs`);
    if (maskedCrc(bytes) !== entry.crc32c) throw damagedBundle(`variable "${name}" has another checksum`);
    return tensorOfBytes(element, shape, bytes);
  }

  #bytes(entry: BundleEntryProto, name: string): Uint8Array {
    const offset = toNumber(entry.offset);
    const size = toNumber(entry.size);
    if (entry.shard_id < 0 || entry.shard_id >= this.#shardCount)
      throw damagedBundle(`variable "${name}" is in shard ${entry.shard_id}, which does not exist`);
    if (!(offset >= 0) || !(size >= 0)) throw damagedBundle(`variable "${name}" has no place`);
    const bytes = this.#shards.read(entry.shard_id, this.#shardCount, { offset, size });
    if (bytes.length !== size) throw damagedBundle(`variable "${name}" reaches beyond the end of its file`);
    return bytes;
  }

  #decode<Message>(name: 'BundleHeaderProto' | 'BundleEntryProto', bytes: Uint8Array): Message {
    try {
      return this.#schema.lookupType(name).decode(bytes) as unknown as Message;
    } catch (cause) {
      throw damagedBundle('an entry of the index is no message of TensorFlow', cause);
    }
  }
}

function latin1(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}

function describe(entry: BundleEntryProto, name: string): { readonly element: Element; readonly shape: readonly number[] } {
  const element = elementOf(entry.dtype);
  const shape = sizesOf(entry.shape);
  if (element === undefined) throw damagedBundle(`variable "${name}" has the type ${entry.dtype}, which cannot be used`);
  if (shape === undefined || shape.some(size => size < 0)) throw damagedBundle(`variable "${name}" has no shape`);
  return { element, shape };
}

function extentsOf(proto: TensorSliceProto, shape: readonly number[], name: string): readonly Extent[] {
  const extents = proto.extent.map(extent =>
    extent.has_length === undefined ? { start: 0, length: -1 } : { start: toNumber(extent.start), length: toNumber(extent.length) },
  );
  const fits = extents.length === shape.length && extents.every(({ start, length }, i) => start >= 0 && start + length <= shape[i]!);
  if (!fits) throw damagedBundle(`a slice of variable "${name}" does not fit its shape`);
  return extents;
}

/** Lengths as varints, their checksum, then the bytes of each string. The lengths count as 32-bit numbers in the checksum. */
function stringsIn(
  bytes: Uint8Array,
  { count, name, checksum }: { readonly count: number; readonly name: string; readonly checksum: number },
): Uint8Array[] {
  if (count > bytes.length) throw damagedBundle(`variable "${name}" has fewer strings than its shape asks`);
  const cursor = new Cursor(bytes);
  const lengths = Array.from({ length: count }, () => cursor.varint());
  const sums = Buffer.alloc(count * 4);
  lengths.forEach((length, i) => sums.writeUInt32LE(length >>> 0, i * 4));
  const stored = cursor.take(4);
  const parts = lengths.map(length => cursor.take(length));
  if (maskedCrc(sums) !== stored.readUInt32LE(0) || maskedCrc(Buffer.concat([sums, stored, ...parts])) !== checksum)
    throw damagedBundle(`variable "${name}" has another checksum`);
  return parts;
}

/** Sizes of the whole, then a start and a length for each axis, or `-` for all of it. */
function partOf(whole: Tensor, slice: string, name: string): Tensor {
  const extents = (slice.split(' ').at(-1) ?? '').split(':').map((text, axis) => {
    const [start, length] = text === '-' ? [0, whole.shape[axis] ?? 0] : text.split(',').map(Number);
    return { start: start ?? NaN, length: length ?? NaN };
  });
  const fits =
    extents.length === whole.shape.length &&
    extents.every(({ start, length }, axis) => start >= 0 && length >= 0 && start + length <= whole.shape[axis]!);
  if (!fits) throw damagedBundle(`variable "${name}" has no part "${slice.slice(0, 60)}"`);
  const shape = extents.map(({ length }) => length);
  const strides = stridesOf(whole.shape);
  const first = extents.reduce((sum, { start }, axis) => sum + start * strides[axis]!, 0);
  const part = roomFor(whole.element, shape);
  const target = part.data as { [index: number]: unknown };
  if (countOf(shape) > 0) stridedIndex(shape, strides, first).forEach((at, i) => (target[i] = whole.data[at]));
  return part;
}

/** Copies a block into a larger tensor of the same rank, its first element to `start`. */
function copyInto(whole: Tensor, part: Tensor, start: readonly number[]): void {
  const rank = whole.shape.length;
  const row = rank === 0 ? 1 : part.shape[rank - 1]!;
  const rows = row === 0 ? 0 : countOf(part.shape) / row;
  const target = whole.data as { [index: number]: unknown };
  for (let i = 0; i < rows; i += 1) {
    let rest = i;
    let offset = rank === 0 ? 0 : start[rank - 1]!;
    let stride = rank === 0 ? 1 : whole.shape[rank - 1]!;
    for (let axis = rank - 2; axis >= 0; axis -= 1) {
      offset += ((rest % part.shape[axis]!) + start[axis]!) * stride;
      rest = Math.floor(rest / part.shape[axis]!);
      stride *= whole.shape[axis]!;
    }
    for (let j = 0; j < row; j += 1) target[offset + j] = part.data[i * row + j];
  }
}
