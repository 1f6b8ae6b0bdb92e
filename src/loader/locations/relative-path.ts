import { MillraceError } from '../../common/error.js';
import type { LocatedFile } from './location.js';

const MAX_PATH = 1_024;
/** Most files of one model; the largest SavedModel of TensorFlow Hub has some hundreds. */
export const MAX_FILES = 10_000;
/** Written when a folder is complete, as Hadoop and Spark do. */
const MARKERS: ReadonlySet<string> = new Set(['_SUCCESS']);

/** Whether a path of a listing stays below its folder on every file system. */
function isSafePath(path: string): boolean {
  if (path === '' || path.length > MAX_PATH || /[\\\0:]/.test(path)) return false;
  return path.split('/').every(part => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
}

/** The files of a listing while it is read, refused as soon as it becomes too large or leaves its folder. */
export class Listing {
  readonly #address: string;
  readonly #maxBytes: number;
  readonly #files = new Map<string, LocatedFile>();
  #bytes = 0;
  #isComplete = false;

  constructor(address: string, maxBytes: number) {
    this.#address = address;
    this.#maxBytes = maxBytes;
  }

  /** @throws {MillraceError} `MODEL_LOAD` */
  add(file: LocatedFile): void {
    if (MARKERS.has(file.path)) {
      this.#isComplete = true;
      return;
    }
    if (!isSafePath(file.path)) throw this.#refused(`holds a file whose name leads elsewhere: "${file.path.slice(0, 200)}"`);
    if (this.#files.has(file.path)) throw this.#refused(`lists the file "${file.path}" twice`);
    this.#files.set(file.path, file);
    this.#bytes += file.size ?? 0;
    if (this.#files.size > MAX_FILES) throw this.#refused(`holds more than ${MAX_FILES} files`);
    if (this.#bytes > this.#maxBytes) throw this.#refused(`is larger than the ${this.#maxBytes} bytes of "model.max-bytes"`);
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Sorted by path. @throws {MillraceError} `MODEL_LOAD` where a name is a file and a folder. */
  files(): readonly LocatedFile[] {
    for (const path of this.#files.keys())
      for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1))
        if (this.#files.has(path.slice(0, at))) throw this.#refused(`holds "${path.slice(0, at)}" both as a file and as a folder`);
    return [...this.#files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  #refused(why: string): MillraceError {
    return new MillraceError({ code: 'MODEL_LOAD', message: `the folder "${this.#address}" ${why}` });
  }
}
