import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * LMDB maps the file and trusts it: one that is no database, or was cut off, ends the process. So its two meta pages are read
 * before (lmdb, libraries/liblmdb/mdb.c, MDB_meta, little-endian): behind the head of a page of 24 bytes stand the magic number,
 * and at 48 and 96 the descriptions of two trees. The first begins with the size of a page; each has its root at 40.
 */
const MAGIC = { at: 24, value: 0xbeefc0de };
const PAGE_SIZE_AT = 48;
const ROOTS_AT = [48 + 40, 96 + 40];
const META_BYTES = 152;
/** The root of an empty tree. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/**
 * Whether LMDB may open the folder: it has no database yet, or one whose head and roots are there. Damage further down is not
 * looked for.
 */
export async function isReadable(folder: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(join(folder, 'data.mdb'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  try {
    const { size } = await file.stat();
    // Made and not written yet.
    if (size === 0) return true;
    const first = await readMeta(file, 0);
    const pageSize = first.readUInt32LE(PAGE_SIZE_AT);
    const metas = [first, await readMeta(file, pageSize)];
    return size >= 2 * pageSize && metas.every(meta => isMeta(meta) && rootsOf(meta).every(root => (root + 1n) * BigInt(pageSize) <= size));
  } finally {
    await file.close();
  }
}

/** Zeros where the file ends before. */
async function readMeta(file: FileHandle, position: number): Promise<Buffer> {
  const bytes = Buffer.alloc(META_BYTES);
  await file.read(bytes, 0, META_BYTES, position);
  return bytes;
}

function isMeta(bytes: Buffer): boolean {
  return bytes.readUInt32LE(MAGIC.at) === MAGIC.value;
}

function rootsOf(bytes: Buffer): bigint[] {
  return ROOTS_AT.map(at => bytes.readBigUInt64LE(at)).filter(root => root !== NO_PAGE);
}
