/** Hands things over from one who pushes to one who pulls. Backpressure: a push is done when all of it was taken. */
export class Channel<T> {
  readonly #waiting: T[] = [];
  #taken: (() => void) | undefined;
  #arrived: (() => void) | undefined;
  #end: { readonly error: unknown } | 'finished' | undefined;

  /** Resolves when every item was taken, or nobody will take any more. */
  push(items: readonly T[]): Promise<void> {
    if (this.#end !== undefined || items.length === 0) return Promise.resolve();
    this.#waiting.push(...items);
    this.#arrived?.();
    return new Promise(resolve => {
      this.#taken = resolve;
    });
  }

  /** Nothing follows; what waits can still be taken. */
  finish(): void {
    this.#end ??= 'finished';
    this.#arrived?.();
  }

  /** Nothing follows, and what waits is dropped: the next `take` throws `error`. */
  fail(error: unknown): void {
    this.#end = { error };
    this.#clear();
    this.#arrived?.();
  }

  /** Nobody takes any more. */
  abandon(): void {
    this.#end = 'finished';
    this.#clear();
  }

  /** The next item; `undefined` at the end. One take at a time. @throws what `fail` was given. */
  async take(): Promise<{ readonly item: T } | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#end === 'finished') return undefined;
      if (this.#end !== undefined) throw this.#end.error;
      await new Promise<void>(resolve => {
        this.#arrived = resolve;
      });
    }
    const item = this.#waiting.shift()!;
    if (this.#waiting.length === 0) this.#taken?.();
    return { item };
  }

  #clear(): void {
    this.#waiting.length = 0;
    this.#taken?.();
  }
}
