import type { MillraceError } from '../../common/error.js';
import { columnOf, type Batch, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { ModelCall, ModelResult } from '../../spec/provider.js';
import type { ChatReply } from './chat-wire.js';

/** Rows of a batch that one call asks about. */
export interface RowsToAsk {
  readonly batch: Batch;
  /** From 0, ascending; at least one. */
  readonly rows: readonly number[];
}

/** The answers to one row, each one value per OUTPUT column; or why there is none (`BAD_ANSWER`). */
export type RowAnswers = readonly (readonly Value[])[] | MillraceError;

/** What came of one call. */
export interface AskedAnswers {
  readonly reply: ChatReply;
  /** One for each row that was asked about, in their order. */
  readonly outcomes: readonly RowAnswers[];
}

/** Makes one call. @throws {MillraceError} as `ChatWire.ask`. */
export type AskRows = (rows: RowsToAsk, call: ModelCall) => Promise<AskedAnswers>;

/** The result of a batch of `rowCount` rows whose rows in `outcomes` were asked about; the others are answered with NULLs. */
export function resultOfRows(
  outcomes: ReadonlyMap<number, RowAnswers>,
  { rowCount, outputs }: { readonly rowCount: number; readonly outputs: readonly Field[] },
): Pick<ModelResult, 'outputs' | 'inputOf' | 'failures'> {
  const nulls = outputs.map(() => null);
  const answers: (readonly Value[])[] = [];
  const inputOf: number[] = [];
  const failures = new Map<number, MillraceError>();
  for (let row = 0; row < rowCount; row++) {
    const outcome = outcomes.get(row) ?? [nulls];
    if (outcome instanceof Error) failures.set(row, outcome);
    else {
      for (const answer of outcome) {
        answers.push(answer);
        inputOf.push(row);
      }
    }
  }
  return {
    outputs: outputs.map(({ type }, c) =>
      columnOf(
        type,
        answers.map(answer => answer[c]!),
      ),
    ),
    ...((failures.size > 0 || answers.length !== rowCount) && { inputOf: Uint32Array.from(inputOf) }),
    ...(failures.size > 0 && { failures }),
  };
}
