/** What a session opens at most once for each key, and closes at its end. */
export class OpenedOnce<Opened> {
  readonly #close: (opened: Opened) => Promise<void>;
  readonly #opened = new Map<string, Promise<Opened>>();

  constructor(close: (opened: Opened) => Promise<void>) {
    this.#close = close;
  }

  /** What was opened under the key, else what `open` gives; what could not be opened is tried again by the next call. */
  of(key: string, open: () => Promise<Opened>): Promise<Opened> {
    const found = this.#opened.get(key);
    if (found) return found;
    const opening = open();
    this.#opened.set(key, opening);
    opening.catch(() => this.#opened.delete(key));
    return opening;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map(opening => opening.then(this.#close, () => undefined)));
  }
}
