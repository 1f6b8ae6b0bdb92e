import type { MillraceError } from '../common/error.js';
import { columnOf, type Batch, type Column, type Value } from '../spec/batch.js';
import { CALL_METADATA_TYPES, type CallMetadataKey, type OutputColumn } from '../spec/call-metadata.js';
import type { Usage } from '../spec/provider.js';
import { nullBatch } from './null-batch.js';

/** What is known of the call that decided the fate of its rows. */
export interface CallFacts {
  /** What the model calls itself. */
  readonly version: string;
  /** Attempts that count: throttled ones do not. */
  readonly attempts: number;
  /** Time of those attempts and of the waits between them. */
  readonly spentMs: number;
  /** Wall clock in milliseconds: the start of the first attempt and the end of the last one. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Of the last attempt; absent where the service does not count. */
  readonly usage?: Usage | undefined;
  /** What the tokens cost, in billionths of a US dollar; absent where no price is known. */
  readonly costNanos?: number | undefined;
  readonly requestId?: string | undefined;
  /** Rows among which the tokens are shared out. */
  readonly rowsOfCall: number;
  /** Where the rows stand among those, from 0. */
  readonly firstRow: number;
  /** Whether the answer was another call's: from the cache, or from an equal row in flight. */
  readonly isCached: boolean;
}

/** The OUTPUT columns of answered rows: what the model gave, and what its columns with metadata tell of the call. */
export function answeredBatch(outputs: readonly OutputColumn[], answers: Batch, facts: CallFacts): Batch {
  if (answers.columns.length === outputs.length) return answers;
  let next = 0;
  const columns = outputs.map(({ metadata }): Column => {
    if (metadata === undefined) return answers.columns[next++]!;
    return factColumn(metadata, answers.rowCount, row => TELL[metadata]({ facts, row, failure: undefined }));
  });
  return { ...answers, columns };
}

/** The OUTPUT columns of rows that have no answer: NULL, but for what their columns with metadata tell of the failure. */
export function failedBatch(outputs: readonly OutputColumn[], rowCount: number, facts: CallFacts, failure: MillraceError): Batch {
  const blank = nullBatch(outputs, rowCount);
  const columns = outputs.map(({ metadata }, c): Column => {
    if (metadata === undefined) return blank.columns[c]!;
    return factColumn(metadata, rowCount, row => TELL[metadata]({ facts, row, failure }));
  });
  return { ...blank, columns };
}

function factColumn(metadata: CallMetadataKey, rowCount: number, tell: (row: number) => Value): Column {
  return columnOf(
    CALL_METADATA_TYPES[metadata],
    Array.from({ length: rowCount }, (_, row) => tell(row)),
  );
}

interface Told {
  readonly facts: CallFacts;
  /** The output row, from 0. */
  readonly row: number;
  readonly failure: MillraceError | undefined;
}

const TELL: { readonly [Key in CallMetadataKey]: (told: Told) => Value } = {
  'error-string': ({ failure }) => failure?.message ?? null,
  'http-status-code': ({ failure }) => failure?.context.httpStatus ?? null,
  attempts: ({ facts }) => facts.attempts,
  latency: ({ facts }) => Math.round(facts.spentMs),
  'input-tokens': told => share(told.facts.usage?.inputTokens, told),
  'output-tokens': told => share(told.facts.usage?.outputTokens, told),
  // A DECIMAL with nine decimals counts billionths.
  cost: told => share(told.facts.costNanos, told),
  cached: ({ facts, failure }) => (failure ? null : facts.isCached),
  'request-id': ({ facts, failure }) => facts.requestId ?? requestIdOf(failure) ?? null,
  'model-version': ({ facts }) => facts.version,
};

/** The part of row `row`, in whole numbers that add up to the total. */
function share(total: number | undefined, { row, facts: { rowsOfCall, firstRow } }: Told): number | null {
  if (total === undefined) return null;
  const rest = total % rowsOfCall;
  return (total - rest) / rowsOfCall + (firstRow + row < rest ? 1 : 0);
}

function requestIdOf(failure: MillraceError | undefined): string | undefined {
  const headers = failure?.context.headers;
  return headers?.['x-request-id'] ?? headers?.['request-id'];
}
