import { parse as parseLossless, LosslessNumber } from 'lossless-json';
import { MillraceError } from '../common/error.js';
import type { Value } from '../spec/batch.js';
import type { DataType, Field } from '../spec/data-type.js';
import { schemaOf, type JsonSchema } from './output-schema.js';
import { AnswerMismatch, readValue } from './read-json-value.js';

/** How the OUTPUT columns of a model are asked for and read as one JSON object. */
export interface StructuredOutput {
  /** In the strict form: every object has `additionalProperties: false` and requires all of its properties. */
  readonly schema: JsonSchema;
  /**
   * Reads a reply into one value per OUTPUT column. Members that no column names are ignored.
   *
   * @throws {MillraceError} `BAD_ANSWER` with `retry: 'backoff'`, saying what does not fit.
   */
  read(reply: string): Value[];
}

/** @throws {MillraceError} `MODEL_SCHEMA` for an OUTPUT column whose type JSON cannot carry. */
export function createStructuredOutput(outputs: readonly Field[]): StructuredOutput {
  const row: DataType = { kind: 'ROW', fields: outputs, nullable: false };
  const parse = jsonParserOf(row);
  return {
    schema: schemaOf(row),
    read(reply) {
      try {
        return readValue(parseReply(reply, parse), row, '') as Value[];
      } catch (thrown) {
        if (thrown instanceof AnswerMismatch) throw badAnswer(`the answer does not fit the OUTPUT columns: ${thrown.message}`, thrown);
        throw thrown;
      }
    },
  };
}

/** JSON.parse, or a parser that keeps the digits of numbers as `LosslessNumber` where a value of `type` needs them. */
export function jsonParserOf(type: DataType): (text: string) => unknown {
  return needsExactNumbers(type) ? parseExact : JSON.parse;
}

function parseExact(text: string): unknown {
  return parseLossless(text, null, { parseNumber: digits => new LosslessNumber(digits) });
}

/** Models without a JSON mode like to put the object into a Markdown code block. */
function parseReply(reply: string, parse: (text: string) => unknown): unknown {
  const text = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(reply)?.[1] ?? reply;
  try {
    return parse(text);
  } catch (cause) {
    throw badAnswer('the answer is not JSON', cause);
  }
}

function badAnswer(message: string, cause: unknown): MillraceError {
  return new MillraceError({ code: 'BAD_ANSWER', message, retry: 'backoff', cause });
}

function needsExactNumbers(type: DataType): boolean {
  switch (type.kind) {
    case 'BIGINT':
    case 'DECIMAL':
    // A number in the place of a string keeps its digits.
    case 'CHAR':
    case 'VARCHAR':
      return true;
    case 'ARRAY':
    case 'MULTISET':
      return needsExactNumbers(type.element);
    case 'MAP':
      return needsExactNumbers(type.key) || needsExactNumbers(type.value);
    case 'ROW':
      return type.fields.some(field => needsExactNumbers(field.type));
    default:
      return false;
  }
}
