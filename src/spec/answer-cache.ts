/** Answers by key that outlive the process, or that several processes share. Keys are 1 to 100 printable ASCII characters without spaces; entries are bytes of the inference runtime. */
export interface AnswerCache {
  /** @returns the caller's own copy; `undefined` for a key that is unknown or too old, and for an entry that is damaged. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps an answer for at most `ttlMs`, in place of the one before. Resolves when it is handed over; it may be lost in a crash. */
  set(key: string, answer: Uint8Array, ttlMs: number): Promise<void>;
  /** Called once. */
  close(): Promise<void>;
}
