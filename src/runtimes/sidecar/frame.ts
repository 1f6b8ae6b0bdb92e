import { MillraceError } from '../../common/error.js';

/** What goes over the socket at once: a header in JSON and bytes. */
export interface Frame {
  readonly header: unknown;
  readonly payload: Buffer;
}

/** Lengths of header and payload: 4 and 8 bytes, little-endian. */
const PREFIX_BYTES = 12;
const MAX_HEADER_BYTES = 2 ** 20;
/** What a frame may carry besides its header. */
export const MAX_PAYLOAD_BYTES = 2 ** 30;
/** Small parts are sent in one piece. */
const JOINED_BYTES = 65_536;

/** The pieces to write for a frame, in order. */
export function encodeFrame(header: object, parts: readonly Uint8Array[] = []): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(header));
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeBigUInt64LE(BigInt(size), 4);
  return size <= JOINED_BYTES ? [Buffer.concat([prefix, text, ...parts])] : [Buffer.concat([prefix, text]), ...parts];
}

/** Cuts what comes in into frames. Keeps no more than what has come. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** Of the frame that is being read, with its prefix; `undefined` before the prefix is there. */
  #next: { readonly header: number; readonly payload: number } | undefined;

  /** @throws {MillraceError} `PREDICTION_FAILED` for bytes that are no frames; nothing can be read any more then. */
  *push(chunk: Buffer): IterableIterator<Frame> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (;;) {
      this.#next ??= this.#readPrefix();
      if (!this.#next || this.#size < PREFIX_BYTES + this.#next.header + this.#next.payload) return;
      const { header, payload } = this.#next;
      const bytes = this.#take(PREFIX_BYTES + header + payload);
      this.#next = undefined;
      const text = bytes.toString('utf8', PREFIX_BYTES, PREFIX_BYTES + header);
      yield { header: parseHeader(text), payload: bytes.subarray(PREFIX_BYTES + header) };
    }
  }

  #readPrefix(): { readonly header: number; readonly payload: number } | undefined {
    if (this.#size < PREFIX_BYTES) return undefined;
    if (this.#chunks[0]!.length < PREFIX_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
    const [first] = this.#chunks;
    const header = first!.readUInt32LE(0);
    const payload = Number(first!.readBigUInt64LE(4));
    if (header > MAX_HEADER_BYTES || payload > MAX_PAYLOAD_BYTES) throw garbage();
    return { header, payload };
  }

  #take(size: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const rest = all.subarray(size);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(0, size);
  }
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw garbage();
  }
}

/** What the worker sent cannot be what this version's worker sends. */
export function garbage(): MillraceError {
  return new MillraceError({
    code: 'PREDICTION_FAILED',
    message: 'the Python worker of the model sent what is no frame of its protocol',
    retry: 'backoff',
    notes: [{ message: 'something in its process writes to the file descriptor 3, which is the socket' }],
  });
}
