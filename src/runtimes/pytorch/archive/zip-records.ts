import { crc32, inflateRawSync } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { damaged } from '../refusal.js';

const MAX_RECORDS = 200_000;
/** A weight hardly compresses; what unpacks to more than this many times the file's size is a bomb. */
const MAX_GROWTH = 64;
const GROWTH_FLOOR_BYTES = 16_000_000;

const STORED = 0;
const DEFLATED = 8;

/** The records of a zip file that lies in memory. Nothing is ever written to disk by their names. */
export interface ZipRecords {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Size of a record when unpacked, in bytes. */
  sizeOf(name: string): number;
  /**
   * A record's bytes; a stored one is a view of the file's memory.
   *
   * @throws `MODEL_LOAD` for a record that is missing, damaged or of another size than the directory says.
   */
  read(name: string): Uint8Array;
}

/**
 * Reads the directory of a zip file and checks every record's place.
 *
 * @throws `MODEL_LOAD` for a damaged directory, absolute or climbing names, duplicates, encryption, unknown compression, and bombs.
 */
export async function readZipRecords(bytes: Uint8Array): Promise<ZipRecords> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records = new Map<string, ZipRecord>();
  try {
    const zip = await fromBufferPromise(buffer, { lazyEntries: true, validateEntrySizes: true, strictFileNames: true });
    if (zip.entryCount > MAX_RECORDS) throw damaged(`the archive has ${zip.entryCount} records, and ${MAX_RECORDS} is the limit`);
    let total = 0;
    const limit = Math.max(GROWTH_FLOOR_BYTES, bytes.length * MAX_GROWTH);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      total += entry.uncompressedSize;
      if (total > limit) throw damaged(`the archive of ${bytes.length} bytes unpacks to more than ${limit} bytes`);
      if (records.has(entry.fileName)) throw damaged(`the archive has the record "${entry.fileName}" twice`);
      records.set(entry.fileName, await placeOf(zip, entry, bytes.length));
    }
  } catch (thrown) {
    throw asDamaged(thrown);
  }
  return {
    names: [...records.keys()],
    has: name => records.has(name),
    sizeOf: name => records.get(name)?.size ?? 0,
    read: name => unpack(buffer, name, records.get(name)),
  };
}

interface ZipRecord {
  readonly start: number;
  readonly packedSize: number;
  readonly size: number;
  readonly method: number;
  readonly checksum: number;
}

async function placeOf(zip: ZipFile, entry: Entry, length: number): Promise<ZipRecord> {
  if (entry.isEncrypted()) throw damaged(`the record "${entry.fileName}" of the archive is encrypted`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw damaged(`the record "${entry.fileName}" of the archive is compressed by method ${entry.compressionMethod}, which is not read`);
  }
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (fileDataStart + entry.compressedSize > length) throw damaged(`the record "${entry.fileName}" of the archive ends behind the file`);
  return {
    start: fileDataStart,
    packedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    method: entry.compressionMethod,
    checksum: entry.crc32,
  };
}

function unpack(buffer: Buffer, name: string, record: ZipRecord | undefined): Uint8Array {
  if (record === undefined) throw damaged(`the archive lacks the record "${name}"`);
  const packed = buffer.subarray(record.start, record.start + record.packedSize);
  let bytes: Uint8Array = packed;
  if (record.method === DEFLATED) {
    try {
      bytes = inflateRawSync(packed, { maxOutputLength: record.size + 1 });
    } catch (thrown) {
      throw damaged(`the record "${name}" of the archive cannot be unpacked: ${(thrown as Error).message}`);
    }
  }
  if (bytes.length !== record.size) throw damaged(`the record "${name}" of the archive has another size than its directory says`);
  if (crc32(bytes) !== record.checksum) throw damaged(`the record "${name}" of the archive is damaged: its checksum differs`);
  return bytes;
}

function asDamaged(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || 'code' in thrown) return thrown;
  return damaged(`the archive cannot be read as a zip file: ${thrown.message}`);
}
