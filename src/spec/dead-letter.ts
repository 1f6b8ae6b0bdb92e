import { INT, STRING, timestampLtz, withNullable, type DataType, type Field } from './data-type.js';

const REQUIRED_TEXT = withNullable(STRING, false);
const COUNT = withNullable(INT, false);
const TIME = withNullable(timestampLtz(3), false);
const TEXTS: DataType = { kind: 'MAP', key: REQUIRED_TEXT, value: STRING, nullable: true };

export type DeadLetterColumnName =
  | 'id'
  | 'job'
  | 'statement_id'
  | 'call_site'
  | 'model'
  | 'model_version'
  | 'error_class'
  | 'message'
  | 'http_status'
  | 'headers'
  | 'attempts'
  | 'first_at'
  | 'last_at'
  | 'source_position'
  | 'row_json'
  | 'row_types';

/** A column of dead letters. */
export interface DeadLetterColumn extends Field {
  readonly name: DeadLetterColumnName;
  readonly doc: string;
}

/**
 * What is kept of a row whose call failed for good, where `on-error` is `dead_letter`: enough to understand the failure, and
 * to send the row through the same statement again.
 */
export const DEAD_LETTER_COLUMNS: readonly DeadLetterColumn[] = [
  { name: 'id', type: REQUIRED_TEXT, doc: 'Unlike that of any other dead letter.' },
  { name: 'job', type: REQUIRED_TEXT, doc: 'Name of the job.' },
  { name: 'statement_id', type: REQUIRED_TEXT, doc: 'Fingerprint of the plan of the statement.' },
  { name: 'call_site', type: REQUIRED_TEXT, doc: 'Which model call of the plan.' },
  { name: 'model', type: REQUIRED_TEXT, doc: 'Name of the model.' },
  { name: 'model_version', type: REQUIRED_TEXT, doc: 'Its version, as the metadata column model-version.' },
  { name: 'error_class', type: REQUIRED_TEXT, doc: 'Error code of the last failure.' },
  { name: 'message', type: REQUIRED_TEXT, doc: 'What the last failure said.' },
  { name: 'http_status', type: INT, doc: 'Of the last answer, where there was one.' },
  { name: 'headers', type: TEXTS, doc: "Of the last answer: limits, and the service's id of the request." },
  { name: 'attempts', type: COUNT, doc: 'Attempts that count; throttled ones do not.' },
  { name: 'first_at', type: TIME, doc: 'Start of the first attempt.' },
  { name: 'last_at', type: TIME, doc: 'End of the last attempt.' },
  { name: 'source_position', type: TEXTS, doc: 'Where the row was read, from its metadata columns; NULL where the statement reads none.' },
  { name: 'row_json', type: REQUIRED_TEXT, doc: 'The row in front of the model, as a JSON object by column; replay reads it.' },
  { name: 'row_types', type: REQUIRED_TEXT, doc: 'The types of its columns, as a JSON object by column.' },
];

/** The columns as fields of rows. */
export const DEAD_LETTER_FIELDS: readonly Field[] = DEAD_LETTER_COLUMNS.map(({ name, type }) => ({ name, type }));
