import { MillraceError } from '../../common/error.js';
import { UTC } from '../../common/zone.js';
import { AnswerMismatch, readValue } from '../../kit/read-json-value.js';
import type { Value } from '../../spec/batch.js';
import { formatType, type Field } from '../../spec/data-type.js';
import { parseValue } from '../../spec/value-text.js';

/** The answer of rows that have none of their own. */
export interface DefaultAnswer {
  readonly value: Value;
}

/**
 * The value of `default-value` for the only OUTPUT column: text as CAST reads it, an ARRAY as JSON, `null`.
 *
 * @throws {MillraceError} `INVALID_OPTION` for several OUTPUT columns, and for a text that is no value of the type.
 */
export function readDefaultAnswer(text: string | undefined, outputs: readonly Field[]): DefaultAnswer | undefined {
  if (text === undefined) return undefined;
  const [output, ...more] = outputs;
  if (output === undefined || more.length > 0) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"default-value" is one value, and OUTPUT has ${outputs.length} columns`,
      notes: [{ message: "write 'on-error' = 'null' and COALESCE(column, value) where the columns are used" }],
    });
  }
  const { type } = output;
  const value = text.trim() === 'null' ? null : type.kind === 'ARRAY' ? arrayValue(text, output) : parseValue(text, type, UTC);
  if (value === undefined) throw unfit(output);
  if (value === null && !type.nullable) throw unfit(output);
  return { value };
}

function arrayValue(text: string, output: Field): Value {
  try {
    return readValue(JSON.parse(text), output.type, '');
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof AnswerMismatch) throw unfit(output, cause);
    throw cause;
  }
}

function unfit({ name, type }: Field, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `"default-value" is no value of OUTPUT column "${name}" ${formatType(type)}`,
    notes: [{ message: type.kind === 'ARRAY' ? 'write a JSON array such as "[0, 0]", or "null"' : 'write it as CAST reads it, or "null"' }],
    cause,
  });
}
