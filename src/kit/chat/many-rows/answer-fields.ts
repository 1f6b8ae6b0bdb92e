import { LosslessNumber, stringify } from 'lossless-json';
import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import { AnswerMismatch, readValue } from '../../read-json-value.js';

/** Where the OUTPUT columns stand in one answer of a reply to many rows. */
export interface AnswerFields {
  /** The field that says which row is answered. */
  readonly index: string;
  /** The fields of the OUTPUT columns: by their names, or by `response.value.field` where there is one. */
  readonly values: readonly Field[];
  /** Whether lists and objects go into a text as their JSON: where a template of the user may ask for them. */
  readonly takesJson: boolean;
}

export interface AnswerFieldsInit {
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  /** The option `response.index.field`. */
  readonly index?: string | undefined;
  /** The option `response.value.field`. */
  readonly value?: string | undefined;
  /** Whether the user's own template says what an answer looks like. */
  readonly hasTemplate: boolean;
}

/** @throws {MillraceError} `INVALID_OPTION` where a field cannot be told from a column. */
export function answerFields({ inputs, outputs, index, value, hasTemplate }: AnswerFieldsInit): AnswerFields {
  if (value !== undefined && outputs.length > 1) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"response.value.field" names one field, and the model has ${outputs.length} OUTPUT columns`,
      notes: [{ message: 'leave it out: each column is read from the field of its name' }],
    });
  }
  const values = value === undefined ? outputs : outputs.map(({ type }) => ({ name: value, type }));
  const taken = new Set([...inputs, ...values].map(({ name }) => name));
  if (index === undefined && !hasTemplate) return { index: freeName(taken), values, takesJson: false };
  const given = index ?? 'index';
  if (!taken.has(given)) return { index: given, values, takesJson: hasTemplate };
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `"${given}" is the field that tells rows apart, and a column or value of the model too`,
    notes: [{ message: 'set "response.index.field" to another name, and ask for that one in the template' }],
  });
}

function freeName(taken: ReadonlySet<string>): string {
  let name = 'id';
  for (let i = 1; taken.has(name); i++) name = i === 1 ? 'row_id' : `row_id_${i}`;
  return name;
}

/** A row's id as a reply may write it: a number, or a text. */
export function readId(json: unknown): string | undefined {
  if (json instanceof LosslessNumber) return json.value;
  return typeof json === 'string' || typeof json === 'number' ? String(json).trim() : undefined;
}

/** The OUTPUT columns of an answer that is a JSON object. @throws {AnswerMismatch} */
export function readFields(
  answer: Readonly<Record<string, unknown>>,
  { values, takesJson }: AnswerFields,
  { needsAll = false }: { readonly needsAll?: boolean } = {},
): Value[] {
  return values.map(({ name, type }) => {
    if (!Object.hasOwn(answer, name)) {
      if (needsAll) throw new AnswerMismatch(`"${name}" is missing`);
      return readValue(undefined, type, name);
    }
    return readValue(takesJson ? inText(answer[name], type) : answer[name], type, name);
  });
}

/** A list or object as its JSON where the column is a text. */
function inText(json: unknown, { kind }: DataType): unknown {
  const isText = kind === 'VARCHAR' || kind === 'CHAR';
  return isText && typeof json === 'object' && json !== null && !(json instanceof LosslessNumber) ? stringify(json) : json;
}
