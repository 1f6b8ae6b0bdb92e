import { open, type FileHandle } from 'node:fs/promises';
import { fileError } from '../../kit/file-error.js';
import type { FileBytes, FileBytesInit } from './file-bytes.js';
import { shrunk, sizeOfSameFile } from './file-change.js';

/** A file as it is. At its end it is closed until it has grown, so that a folder of many files needs few of them open. */
export class PlainBytes implements FileBytes {
  readonly #init: FileBytesInit;
  readonly #ino: number;
  #offset: number;
  #file: FileHandle | undefined;

  /** @param found size and number of the file when reading begins. */
  constructor(init: FileBytesInit, found: { readonly size: number; readonly ino: number }) {
    if (found.size < init.offset) throw shrunk(init.path, init.offset);
    this.#init = init;
    this.#ino = found.ino;
    this.#offset = init.offset;
  }

  async read(room: Buffer): Promise<number> {
    const { path } = this.#init;
    try {
      if (this.#file === undefined && !(await this.#reopen())) return 0;
      const { bytesRead } = await this.#file!.read(room, 0, room.length, this.#offset);
      this.#offset += bytesRead;
      if (bytesRead === 0) await this.#checkEnd();
      return bytesRead;
    } catch (cause) {
      throw fileError({ action: 'read', path, cause });
    }
  }

  /** Opens the file if there is something to read in it. */
  async #reopen(): Promise<boolean> {
    const { path, growth } = this.#init;
    if (growth === 'growing') {
      const size = await sizeOfSameFile(path, this.#ino);
      if (size < this.#offset) throw shrunk(path, this.#offset);
      if (size === this.#offset) return false;
    }
    this.#file = await open(path, 'r');
    return true;
  }

  async #checkEnd(): Promise<void> {
    const { path, growth } = this.#init;
    const { size } = await this.#file!.stat();
    if (size < this.#offset) throw shrunk(path, this.#offset);
    if (growth === 'growing') await this.close();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
