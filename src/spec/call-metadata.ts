import { BIGINT, BOOLEAN, decimal, INT, STRING, type DataType, type Field } from './data-type.js';

/** What an OUTPUT column can tell about a call, as in `error STRING METADATA FROM 'error-string'`. */
export type CallMetadataKey =
  | 'error-string'
  | 'http-status-code'
  | 'attempts'
  | 'latency'
  | 'input-tokens'
  | 'output-tokens'
  | 'cost'
  | 'cached'
  | 'request-id'
  | 'model-version';

/** US dollars, to the billionth. */
const COST = decimal(18, 9);

/** The type that a column of each key has. */
export const CALL_METADATA_TYPES: Readonly<Record<CallMetadataKey, DataType>> = {
  'error-string': STRING,
  'http-status-code': INT,
  attempts: INT,
  latency: BIGINT,
  'input-tokens': BIGINT,
  'output-tokens': BIGINT,
  cost: COST,
  cached: BOOLEAN,
  'request-id': STRING,
  'model-version': STRING,
};

/** An OUTPUT column: a part of the model's answer, or with `metadata` a fact about the call. */
export interface OutputColumn extends Field {
  readonly metadata?: CallMetadataKey | undefined;
}

/** The columns that the model itself fills, in declared order. */
export function answerColumns<Column extends OutputColumn>(outputs: readonly Column[]): Column[] {
  return outputs.filter(({ metadata }) => metadata === undefined);
}

/** The columns that a `result` has besides the answer and the reason of a failure, in declared order. */
export function toldColumns<Column extends OutputColumn>(outputs: readonly Column[]): Column[] {
  return outputs.filter(({ metadata }) => metadata !== undefined && metadata !== 'error-string');
}

/** Whether a failed row has a column for its reason, so that it flows on unless `on-error` says otherwise. */
export function hasErrorColumn(outputs: readonly OutputColumn[]): boolean {
  return outputs.some(({ metadata }) => metadata === 'error-string' || metadata === 'http-status-code');
}
