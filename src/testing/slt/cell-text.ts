import { parse } from 'lossless-json';
import { MillraceError } from '../../common/error.js';
import type { Zone } from '../../common/zone.js';
import { AnswerMismatch, readValue } from '../../kit/read-json-value.js';
import type { Value } from '../../spec/batch.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { formatValue, parseValue } from '../../spec/value-text.js';

const EMPTY = '(empty)';

/** A value as it stands in a golden: as CAST AS STRING gives it; NULL as `NULL`, the empty text as `(empty)`. */
export function formatCell(value: Value, type: DataType, zone: Zone): string {
  const text = formatValue(value, type, zone);
  return text === '' ? EMPTY : text;
}

/** The cells of a row, joined as goldens have them. */
export function joinCells(cells: readonly string[]): string {
  return cells.join(' | ');
}

/** The cells of a line: separated by `|`, spaces around them dropped; `\|` is a bar. */
export function splitCells(line: string): string[] {
  return line.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|'));
}

/**
 * The value of a cell: text as CAST reads it, ARRAY, MAP and ROW as JSON.
 *
 * @throws {MillraceError} `MALFORMED_RECORD`.
 */
export function parseCell(cell: string, field: Field, zone: Zone): Value {
  if (cell === 'NULL') return null;
  const value = isConstructed(field.type) ? parseJsonCell(cell, field) : parseValue(cell === EMPTY ? '' : cell, field.type, zone);
  if (value === undefined) throw malformed(cell, field, 'it is no such value');
  return value;
}

function isConstructed({ kind }: DataType): boolean {
  return kind === 'ARRAY' || kind === 'MAP' || kind === 'ROW' || kind === 'MULTISET';
}

function parseJsonCell(cell: string, field: Field): Value {
  try {
    return readValue(parse(cell), field.type, '');
  } catch (thrown) {
    if (thrown instanceof AnswerMismatch || thrown instanceof SyntaxError) throw malformed(cell, field, thrown.message);
    throw thrown;
  }
}

function malformed(cell: string, { name, type }: Field, reason: string): MillraceError {
  return new MillraceError({ code: 'MALFORMED_RECORD', message: `"${cell}" cannot stand in "${name}" ${formatType(type)}: ${reason}` });
}
