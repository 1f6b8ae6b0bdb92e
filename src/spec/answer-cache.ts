/** Answers by key that outlive the process, or that several processes share. Entries are bytes of the inference runtime. */
export interface AnswerCache {
  /** @returns `undefined` for a key that is unknown or too old. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps an answer for at most `ttlMs`. Resolves when it is handed over; it may be lost in a crash. */
  set(key: string, answer: Uint8Array, ttlMs: number): Promise<void>;
  /** Called once. */
  close(): Promise<void>;
}
