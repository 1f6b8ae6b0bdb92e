/** What a call came to, as bytes that only the inference runtime reads. */
export type JournaledAnswer = Uint8Array;

/** What an earlier run of the job left about one call: that it began, and its answer if that came. */
export interface JournaledCall {
  readonly callId: string;
  readonly answer: JournaledAnswer | undefined;
}

/**
 * Calls of one call site of a job, durable across the end of the process: PENDING from `began`, with its answer from
 * `ended`, gone after `forget`. Keys and ids are texts of at most 64 ASCII characters; several calls can have one key.
 */
export interface AnswerJournal {
  /** The oldest call with this key that an earlier run left and nobody has taken yet. */
  take(key: string): JournaledCall | undefined;
  /** Writes that a call begins. @returns when it is durable; a caller to whom that does not matter need not wait. */
  began(key: string, callId: string): Promise<void>;
  /** Writes the answer of a call, begun or not. @returns when it is durable, together with all that was written before. */
  ended(key: string, callId: string, answer: JournaledAnswer): Promise<void>;
  /** Removes calls, at some time: one that is taken again after a crash does no harm. */
  forget(calls: readonly { readonly key: string; readonly callId: string }[]): void;
}
