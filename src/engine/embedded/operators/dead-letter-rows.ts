import { MillraceError } from '../../../common/error.js';
import { batchOfRows, rowAt, valueAt, type Batch, type Value } from '../../../spec/batch.js';
import { formatType, type DataType, type Field } from '../../../spec/data-type.js';
import { DEAD_LETTER_COLUMNS, DEAD_LETTER_FIELDS, type DeadLetterColumnName } from '../../../spec/dead-letter.js';
import { jsonOfRow, uniqueNames } from '../../../spec/exact-json.js';
import type { RowFailure } from '../../../spec/predictor.js';
import { formatValue } from '../../../spec/value-text.js';
import { UTC } from '../../../common/zone.js';
import type { PredictedRows } from './join-prediction.js';

/** What the dead letters of one call site have in common. */
export interface DeadLetterSite {
  readonly job: string;
  /** Fingerprint of the plan. */
  readonly statement: string;
  /** Id of the operator. */
  readonly callSite: string;
  readonly model: string;
  /** Of the rows in front of the model. */
  readonly fields: readonly Field[];
  /** The columns among them that tell where a row was read, each with the name of what it tells. */
  readonly positions: readonly { readonly key: string; readonly column: number }[];
}

/**
 * The dead letters of rows that have their answers, in the order of the rows; `undefined` for none.
 *
 * @param nextId gives each its id.
 */
export function deadLetterRows(entries: readonly PredictedRows[], site: DeadLetterSite, nextId: () => string): Batch | undefined {
  const types = JSON.stringify(Object.fromEntries(uniqueNames(site.fields).map((name, i) => [name, formatType(site.fields[i]!.type)])));
  const letters = entries.flatMap(({ rows, sent, prediction }) =>
    [...(prediction?.deadLetters ?? [])]
      .toSorted(([a], [b]) => a - b)
      .map(([submitted, failure]) => letterOf({ rows, row: sent?.[submitted] ?? submitted, failure, site, types, id: nextId() })),
  );
  return letters.length === 0 ? undefined : batchOfRows(DEAD_LETTER_FIELDS, letters);
}

interface LetterInit {
  readonly rows: Batch;
  readonly row: number;
  readonly failure: RowFailure;
  readonly site: DeadLetterSite;
  readonly types: string;
  readonly id: string;
}

function letterOf({ rows, row, failure, site, types, id }: LetterInit): Value[] {
  const values: Readonly<Record<DeadLetterColumnName, Value>> = {
    id,
    job: site.job,
    statement_id: site.statement,
    call_site: site.callSite,
    model: site.model,
    model_version: failure.version,
    error_class: failure.code,
    message: failure.message,
    http_status: failure.httpStatus ?? null,
    headers: failure.headers ? new Map(Object.entries(failure.headers)) : null,
    attempts: failure.attempts,
    first_at: Math.round(failure.firstAt * 1_000),
    last_at: Math.round(failure.lastAt * 1_000),
    source_position: positionOf(rows, row, site),
    row_json: JSON.stringify(jsonOfRow(rowAt(rows, row), site.fields)),
    row_types: types,
  };
  return DEAD_LETTER_COLUMNS.map(({ name }) => values[name]);
}

function positionOf(rows: Batch, row: number, { positions }: DeadLetterSite): Value {
  if (positions.length === 0) return null;
  return new Map(positions.map(({ key, column }) => [key, textOf(valueAt(rows.columns[column]!, row), rows.columns[column]!.type)]));
}

function textOf(value: Value, type: DataType): string | null {
  return value === null ? null : formatValue(value, type, UTC);
}

/** The error that a model gave up a row although its call site has no target of dead letters. */
export function noDeadLetterTarget(model: string): MillraceError {
  return new MillraceError({ code: 'INTERNAL', message: `model "${model}" gave up a row, and there is no target of dead letters` });
}
