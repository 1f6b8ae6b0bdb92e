import type { Value } from '../../../spec/batch.js';
import type { ReplyForm } from '../chat-wire.js';

/** One answer in a reply to many rows. */
export interface FoundAnswer {
  /** Which row it says it answers; absent where it says none. */
  readonly id: string | undefined;
  /** One value per OUTPUT column. @throws {AnswerMismatch} */
  read(): readonly Value[];
}

/** What a reply to many rows holds. */
export interface FoundAnswers {
  readonly answers: readonly FoundAnswer[];
  /** What is wrong with the reply as a whole, for rows that have no answer in it. */
  readonly problem?: string | undefined;
  /** Another reading of a reply that breaks its own form, to be trusted only where it answers every row. */
  repair?(): readonly FoundAnswer[];
}

/** How the answers to many rows are asked for and found in a reply. */
export interface AnswersForm {
  readonly reply: ReplyForm;
  /** What the instructions say about the form; absent where the service enforces it or the user's template says it. */
  readonly instruction?: string | undefined;
  /**
   * Never throws: a reply that cannot be read has no answers.
   *
   * @param isCut whether the reply ended at the token limit, so that its last answer may lack its end.
   */
  find(reply: string, isCut: boolean): FoundAnswers;
}
