const KEPT_BYTES = 8_192;
const SHOWN_LINES = 8;
const SHOWN_LENGTH = 300;

/** The end of what a process printed; keeps 8 KiB. */
export class OutputTail {
  #bytes: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(-KEPT_BYTES)]).subarray(-KEPT_BYTES);
  }

  /** Its last lines, for a note; without control characters. Empty where it printed nothing. */
  lines(): string[] {
    return this.#bytes
      .toString('utf8')
      .split(/[\r\n]+/)
      .map(line => line.replaceAll(/\p{Cc}/gu, ' ').trim())
      .filter(line => line !== '')
      .slice(-SHOWN_LINES)
      .map(line => (line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)}…` : line));
  }
}
