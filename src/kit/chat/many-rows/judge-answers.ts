import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { jsonText } from '../../json-text.js';
import { AnswerMismatch } from '../../read-json-value.js';
import type { FoundAnswer, FoundAnswers } from './answers-form.js';

/** What became of one row of a reply: one value per OUTPUT column, or why there is none (`BAD_ANSWER`). */
export type RowOutcome = readonly Value[] | MillraceError;

export interface JudgeInit {
  /** The ids of the rows that were asked about, in their order. */
  readonly ids: readonly string[];
  readonly outputs: readonly Field[];
  /** Whether the reply ended at the token limit. */
  readonly isCut: boolean;
}

/**
 * The outcome of every row, in the order of `ids`, each by the answers under its own id alone: exactly one that can be
 * read, or several that say the same. An answer under an id that was not asked about answers nothing.
 */
export function judgeAnswers(found: FoundAnswers, init: JudgeInit): readonly RowOutcome[] {
  const outcomes = judge(found.answers, found.problem, init);
  if (init.isCut || found.repair === undefined || !outcomes.some(MillraceError.is)) return outcomes;
  const repaired = judge(found.repair(), undefined, init);
  return repaired.some(MillraceError.is) ? outcomes : repaired;
}

function judge(answers: readonly FoundAnswer[], problem: string | undefined, { ids, outputs, isCut }: JudgeInit): readonly RowOutcome[] {
  const byId = new Map<string, FoundAnswer[]>(ids.map(id => [id, []]));
  let foreign = 0;
  for (const answer of answers) {
    const own = answer.id === undefined ? undefined : byId.get(answer.id);
    if (own === undefined) foreign++;
    else own.push(answer);
  }
  const missing = isCut ? cutAnswer() : noAnswer(problem ?? missingAnswer(foreign));
  return ids.map(id => outcomeOf(byId.get(id)!, { outputs, missing }));
}

function outcomeOf(
  answers: readonly FoundAnswer[],
  { outputs, missing }: { readonly outputs: readonly Field[]; readonly missing: MillraceError },
): RowOutcome {
  if (answers.length === 0) return missing;
  const [first, ...others] = answers.map(readAnswer);
  if (MillraceError.is(first)) return first;
  const agree = others.every(other => !MillraceError.is(other) && textOf(other, outputs) === textOf(first!, outputs));
  return agree ? first! : noAnswer(`the reply has ${answers.length} answers to the row, which differ`);
}

function readAnswer(answer: FoundAnswer): RowOutcome {
  try {
    return answer.read();
  } catch (thrown) {
    if (!(thrown instanceof AnswerMismatch)) throw thrown;
    return noAnswer(`the answer does not fit the OUTPUT columns: ${thrown.message}`, thrown);
  }
}

/** Equal for equal answers. */
function textOf(values: readonly Value[], outputs: readonly Field[]): string {
  return JSON.stringify(outputs.map(({ type }, c) => jsonText(values[c]!, type)));
}

function missingAnswer(foreign: number): string {
  const others = foreign === 0 ? '' : `, and ${foreign} under ids that were not asked about`;
  return `the reply has no answer to the row${others}`;
}

function cutAnswer(): MillraceError {
  return new MillraceError({
    code: 'BAD_ANSWER',
    message: 'the reply was cut at the token limit before it answered the row',
    retry: 'backoff',
    notes: [{ message: 'raise "max-tokens", or lower "batch.size"' }],
  });
}

function noAnswer(message: string, cause?: unknown): MillraceError {
  return new MillraceError({ code: 'BAD_ANSWER', message, retry: 'backoff', cause });
}
