import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import { INT, STRING, type Field } from '../spec/data-type.js';
import { MillraceError } from '../common/error.js';
import type { CallFacts } from './call-facts.js';
import type { CallStage, OnSend, Settled } from './settled.js';

export const INPUTS: readonly Field[] = [{ name: 'id', type: INT }];
export const ANSWERS: readonly Field[] = [{ name: 'text', type: STRING }];

export const FACTS: CallFacts = {
  version: 'v1',
  attempts: 1,
  spentMs: 7,
  firstAt: 1_000,
  lastAt: 1_007,
  usage: { inputTokens: 5, outputTokens: 2 },
  costNanos: 90,
  rowsOfCall: 1,
  firstRow: 0,
  isCached: false,
};

/** A submission that the stage has got and not yet settled. */
export interface ScriptedSubmission {
  readonly inputs: Batch;
  /** As a dispatcher: says that the rows are about to be sent. */
  send(): Promise<void> | undefined;
  resolve(settled: Settled): void;
  reject(error: unknown): void;
}

/** A stage that does what the test says, submission by submission. */
export interface ScriptedStage extends CallStage {
  readonly submissions: readonly ScriptedSubmission[];
  /** The other calls so far, by name. */
  readonly told: readonly string[];
}

export function createScriptedStage(): ScriptedStage {
  const submissions: ScriptedSubmission[] = [];
  const told: string[] = [];
  const tell = (what: string): Promise<void> => {
    told.push(what);
    return Promise.resolve();
  };
  return {
    submissions,
    told,
    submit(inputs: Batch, onSend?: OnSend) {
      return new Promise<Settled>((resolve, reject) => {
        submissions.push({ inputs, send: () => onSend?.(), resolve, reject });
      });
    },
    barrier: () => void tell('barrier'),
    flush: () => void tell('flush'),
    pause: () => tell('pause'),
    close: () => tell('close'),
  };
}

export function row(id: number): Batch {
  return batchOfRows(INPUTS, [[id]]);
}

/** One row with one answer. */
export function answered(text: string): Settled {
  return { answered: [{ answers: batchOfRows(ANSWERS, [[text]]), from: 0, facts: FACTS }], failed: [] };
}

/** One row without an answer. */
export function failed(code: 'BAD_ANSWER' | 'SERVICE_ERROR'): Settled {
  return { answered: [], failed: [{ from: 0, to: 1, failure: new MillraceError({ code, message: 'no' }), facts: FACTS }] };
}

/** The answer to a row, or the code of its failure. */
export function fateOf({ answered: [answer], failed: [failure] }: Settled): Value {
  return answer ? rowAt(answer.answers, 0)[0]! : failure!.failure.code;
}

/** What becomes of submissions: `open` until they settle. */
export function watch(submissions: readonly Promise<Settled>[]): Value[] {
  const seen: Value[] = submissions.map(() => 'open');
  submissions.forEach((submission, i) => {
    submission.then(
      settled => void (seen[i] = fateOf(settled)),
      (error: unknown) => void (seen[i] = `rejected: ${MillraceError.is(error) ? error.code : String(error)}`),
    );
  });
  return seen;
}
