import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { formatType, type DataTypeKind, type Field } from '../../../spec/data-type.js';
import { AnswerMismatch, readValue } from '../../read-json-value.js';
import type { AnswerFields } from './answer-fields.js';
import type { AnswersForm, FoundAnswer, FoundAnswers } from './answers-form.js';
import { splitDelimited, type DelimitedField } from './split-delimited.js';

export interface DelimitedAnswersInit {
  readonly fields: AnswerFields;
  /** The option `response.delimiter`. */
  readonly delimiter?: string | undefined;
  /** Whether the user's own template says what a reply looks like. */
  readonly hasTemplate: boolean;
}

const NESTED: ReadonlySet<DataTypeKind> = new Set(['ARRAY', 'MULTISET', 'MAP', 'ROW']);

/**
 * Answers as lines: the row's id, then the OUTPUT columns, with a delimiter between them and quotes as in RFC 4180. An
 * empty value is NULL. Of a single OUTPUT column the rest of the line is the value, delimiters included.
 *
 * @throws {MillraceError} `INVALID_OPTION` for a delimiter that a line cannot have, `MODEL_SCHEMA` for nested columns.
 */
export function createDelimitedAnswers({ fields, delimiter = '|', hasTemplate }: DelimitedAnswersInit): AnswersForm {
  const separator = delimiter === '\\t' ? '\t' : delimiter;
  checkDelimiter(separator);
  checkTypes(fields.values);
  const { index, values } = fields;
  const form = [index, ...values.map(({ name }) => name)].map(name => `<${name}>`).join(separator);
  const instruction =
    `Reply with nothing but one line for each row, of this form:\n${form}\n` +
    'Put a value that contains a delimiter, a quote or a line break in double quotes, with its own quotes doubled; leave a value that is NULL empty.';
  return {
    reply: { kind: 'text' },
    instruction: hasTemplate ? undefined : instruction,
    find: (reply, isCut) => findLines(reply, { separator, values, isCut }),
  };
}

function checkDelimiter(delimiter: string): void {
  if (delimiter !== '' && !/["\n\r\d]/.test(delimiter)) return;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: '"response.delimiter" must be a text without digits, quotes and line breaks',
    notes: [{ message: 'use "|", ";" or "\\t"' }],
  });
}

function checkTypes(values: readonly Field[]): void {
  const nested = values.find(({ type }) => NESTED.has(type.kind));
  if (nested === undefined) return;
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: `output "${nested.name}" is ${formatType(nested.type)}, which a delimited line cannot carry`,
    notes: [{ message: 'set "response.format" to "json" or "xml"' }],
  });
}

interface LinesInit {
  readonly separator: string;
  readonly values: readonly Field[];
  readonly isCut: boolean;
}

function findLines(reply: string, { separator, values, isCut }: LinesInit): FoundAnswers {
  const answers: FoundAnswer[] = [];
  const records = splitDelimited(reply, separator);
  for (const [id, ...rest] of isCut ? records.slice(0, -1) : records) {
    const found = id!.text.trim();
    if (/^\d+$/.test(found) && rest.length > 0) answers.push({ id: found, read: () => readLine(rest, { separator, values }) });
    // A line without an id goes on where the one before seemed to end.
    else if (answers.length > 0 && !found.startsWith('```')) answers.push({ ...answers.pop()!, read: unended });
  }
  return { answers, problem: answers.length === 0 ? `the reply has no lines of an id, "${separator}" and an answer` : undefined };
}

function unended(): never {
  throw new AnswerMismatch('its line is followed by one without an id');
}

function readLine(found: readonly DelimitedField[], { separator, values }: Pick<LinesInit, 'separator' | 'values'>): Value[] {
  const [only, ...more] = found;
  if (values.length === 1 && more.length > 0)
    return [readField({ text: found.map(({ raw }) => raw).join(separator), isQuoted: true }, values[0]!)];
  if (values.length === 1) return [readField(only!, values[0]!)];
  if (found.length !== values.length) throw new AnswerMismatch(`it has ${found.length} values, and ${values.length} were asked for`);
  return values.map((field, i) => readField(found[i]!, field));
}

function readField({ text, isQuoted }: Pick<DelimitedField, 'text' | 'isQuoted'>, { name, type }: Field): Value {
  const value = isQuoted ? text : text.trim();
  return readValue(value === '' && !isQuoted ? null : value, type, name);
}
