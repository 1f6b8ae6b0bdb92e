import { open, rm, type FileHandle } from 'node:fs/promises';
import { fileError } from '../../kit/file-error.js';
import type { Charset } from '../../spec/format.js';

/** Text is collected up to this many characters before it is written. */
const BUFFER_LENGTH = 256 * 1024;

/** A file that one writer fills from its start. */
export class OutputFile {
  readonly path: string;
  readonly #charset: Charset;
  readonly #file: FileHandle;
  #pending: string[] = [];
  #pendingLength = 0;
  #size = 0;

  /**
   * Makes a new file.
   *
   * @throws {MillraceError} `IO`; with the cause `EEXIST` when there is one already.
   */
  static async create(path: string, charset: Charset): Promise<OutputFile> {
    try {
      return new OutputFile(path, charset, await open(path, 'wx'));
    } catch (cause) {
      throw fileError({ action: 'write', path, cause });
    }
  }

  constructor(path: string, charset: Charset, file: FileHandle) {
    this.path = path;
    this.#charset = charset;
    this.#file = file;
  }

  /** Bytes so far; of those still held back, characters. */
  get size(): number {
    return this.#size + this.#pendingLength;
  }

  /** Adds text; a returned promise is backpressure. */
  write(text: string): Promise<void> | undefined {
    this.#pending.push(text);
    this.#pendingLength += text.length;
    return this.#pendingLength >= BUFFER_LENGTH ? this.flush() : undefined;
  }

  /** Hands everything to the operating system. */
  async flush(): Promise<void> {
    if (this.#pendingLength === 0) return;
    const bytes = Buffer.from(this.#pending.join(''), this.#charset);
    this.#pending = [];
    this.#pendingLength = 0;
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#file.write(bytes, at)).bytesWritten;
    } catch (cause) {
      throw fileError({ action: 'write', path: this.path, cause });
    }
    this.#size += bytes.length;
  }

  /** Makes the file durable and closes it. */
  async finish(): Promise<void> {
    await this.flush();
    try {
      await this.#file.sync();
    } catch (cause) {
      throw fileError({ action: 'write', path: this.path, cause });
    }
    await this.#file.close();
  }

  /** Closes and removes the file. */
  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.path, { force: true });
  }
}
