import { deserialize, serialize } from 'node:v8';
import { MillraceError } from '../common/error.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import type { CallFacts } from './call-facts.js';
import type { Settled } from './settled.js';

/** The layout of stored answers. What was stored in another one is not read. */
const LAYOUT = 1;

type StoredFacts = Omit<CallFacts, 'isCached' | 'firstRow'>;

/** Serialized with the structured clone algorithm of V8. */
type Stored =
  | { readonly layout: typeof LAYOUT; readonly rows: readonly (readonly Value[])[]; readonly facts: StoredFacts }
  | {
      readonly layout: typeof LAYOUT;
      readonly failure: Pick<MillraceError, 'code' | 'message' | 'notes' | 'context'>;
      readonly facts: StoredFacts;
    };

/** What came of a submission of one row, as bytes for a store. */
export function encodeSettled({ answered, failed }: Settled): Uint8Array {
  const [answer] = answered;
  if (answer !== undefined) {
    const { answers, facts } = answer;
    const rows = Array.from({ length: answers.rowCount }, (_, row) => rowAt(answers, row));
    return serialize({ layout: LAYOUT, rows, facts: storedFacts(facts) } satisfies Stored);
  }
  const { failure, facts } = failed[0]!;
  const { code, message, notes, context } = failure;
  return serialize({ layout: LAYOUT, failure: { code, message, notes, context }, facts: storedFacts(facts) } satisfies Stored);
}

/**
 * Reads what `encodeSettled` wrote.
 *
 * @param answers the OUTPUT columns that the model fills.
 * @returns `undefined` for bytes of another layout.
 */
export function decodeSettled(bytes: Uint8Array, answers: readonly Field[]): Settled | undefined {
  const stored = deserialize(bytes) as Stored;
  if (stored.layout !== LAYOUT) return undefined;
  const facts: CallFacts = { ...stored.facts, firstRow: 0, isCached: false };
  if ('failure' in stored) return { answered: [], failed: [{ from: 0, to: 1, failure: new MillraceError(stored.failure), facts }] };
  const batch: Batch = batchOfRows(answers, stored.rows);
  const rows = batch.rowCount === 1 ? undefined : new Uint32Array(batch.rowCount);
  return { answered: [{ answers: batch, from: 0, rows, facts }], failed: [] };
}

function storedFacts({ version, attempts, spentMs, firstAt, lastAt, usage, costNanos, requestId, rowsOfCall }: CallFacts): StoredFacts {
  return { version, attempts, spentMs, firstAt, lastAt, usage, costNanos, requestId, rowsOfCall };
}
