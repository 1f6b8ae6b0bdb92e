import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorNumber, fileError } from '../../kit/file-error.js';
import type { FileBytes, FileBytesInit } from './file-bytes.js';
import { shrunk, sizeOfSameFile } from './file-change.js';

const CHUNK_BYTES = 256 * 1024;

/** A gzip archive. It cannot be entered in the middle: it is unpacked from its start, and what was read before is passed over. */
export class GzipBytes implements FileBytes {
  readonly #init: FileBytesInit;
  readonly #ino: number;
  /** Unpacked bytes that were handed out or passed over. */
  #offset: number;
  #chunks: AsyncIterator<Buffer> | undefined;
  #chunk: Buffer = Buffer.alloc(0);
  /** Unpacked bytes to pass over before the next one to hand out. */
  #toSkip = 0;
  /** Size of the archive when its end was reached. */
  #sizeAtEnd = -1;

  /** @param ino the file's number when reading begins. */
  constructor(init: FileBytesInit, ino: number) {
    this.#init = init;
    this.#ino = ino;
    this.#offset = init.offset;
  }

  async read(room: Buffer): Promise<number> {
    try {
      while (this.#chunk.length === 0) if (!(await this.#nextChunk())) return 0;
    } catch (cause) {
      throw fileError({ action: 'unpack', path: this.#init.path, cause });
    }
    const byteCount = this.#chunk.copy(room);
    this.#chunk = this.#chunk.subarray(byteCount);
    this.#offset += byteCount;
    return byteCount;
  }

  /** Unpacks the next chunk; false at the present end of the archive. */
  async #nextChunk(): Promise<boolean> {
    const { path } = this.#init;
    if (this.#chunks === undefined) {
      const size = await sizeOfSameFile(path, this.#ino);
      if (size === this.#sizeAtEnd) return false;
      this.#sizeAtEnd = size;
      this.#toSkip = this.#offset;
      this.#chunks = unpack(path);
    }
    const next = await this.#chunks.next().catch((error: unknown) => this.#endOf(error));
    if (next.done) {
      this.#chunks = undefined;
      if (this.#toSkip > 0) throw shrunk(path, this.#offset);
      return false;
    }
    const skipped = Math.min(this.#toSkip, next.value.length);
    this.#toSkip -= skipped;
    this.#chunk = next.value.subarray(skipped);
    return true;
  }

  /** An archive that is still being written ends in the middle; its rest comes later. */
  #endOf(error: unknown): IteratorReturnResult<undefined> {
    if (this.#init.growth === 'complete' || errorNumber(error) !== 'Z_BUF_ERROR') throw error;
    this.#toSkip = 0;
    return { done: true, value: undefined };
  }

  async close(): Promise<void> {
    await this.#chunks?.return?.();
  }
}

function unpack(path: string): AsyncIterator<Buffer> {
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors of either stream reach the reader through `unpacked`.
  pipeline(createReadStream(path, { highWaterMark: CHUNK_BYTES }), unpacked, () => {});
  return unpacked[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
}
