import { compile, JSONPathError, type JSONPathQuery, type JSONValue } from 'json-p3';
import { jsonrepair } from 'jsonrepair';
import { LosslessNumber } from 'lossless-json';
import { MillraceError } from '../../../common/error.js';
import { BIGINT, withNullable, type DataType } from '../../../spec/data-type.js';
import { schemaOf } from '../../output-schema.js';
import { jsonParserOf } from '../../structured-output.js';
import { readFields, readId, type AnswerFields } from './answer-fields.js';
import type { AnswersForm, FoundAnswer, FoundAnswers } from './answers-form.js';
import { findJson } from './find-json.js';

export interface JsonAnswersInit {
  readonly fields: AnswerFields;
  /** The option `response.path`. */
  readonly path?: string | undefined;
  /** Whether the user's own template says what a reply looks like. */
  readonly hasTemplate: boolean;
  /** The `response-format` option. */
  readonly format: 'text' | 'json_object' | 'json_schema' | undefined;
  /** Whether the service holds replies to a schema. */
  readonly hasSchemas: boolean;
}

/** One answer, before it is read. */
type Answer = Readonly<Record<string, unknown>>;

/**
 * Answers as JSON objects that `response.path` selects; a selected array stands for its elements. Unless the user's
 * template asks for another form, they are `{"answers": [{"id": …, …OUTPUT columns}]}`, by a strict schema where the
 * service has one.
 *
 * @throws {MillraceError} `INVALID_OPTION` for a path that is no RFC 9535 JSONPath, or selects nothing in our own form;
 * `MODEL_SCHEMA` for an OUTPUT column whose type JSON cannot carry.
 */
export function createJsonAnswers({ fields, path = '$[*]', hasTemplate, format, hasSchemas }: JsonAnswersInit): AnswersForm {
  const type = answersType(fields);
  const schema = schemaOf(type);
  const parse = jsonParserOf(type);
  const query = compilePath(path);
  const find = (reply: string): FoundAnswers => findAnswers(reply, { query, parse, fields });
  if (hasTemplate && format !== 'json_schema') return { reply: { kind: format === 'json_object' ? 'json' : 'text' }, find };
  checkPath(query, fields);
  if (hasSchemas && (format === undefined || format === 'json_schema')) return { reply: { kind: 'schema', schema }, find };
  return {
    reply: { kind: format === 'text' ? 'text' : 'json' },
    instruction: `Reply with nothing but one JSON object that satisfies this JSON schema:\n${JSON.stringify(schema)}`,
    find,
  };
}

function answersType({ index, values }: AnswerFields): DataType {
  const answer: DataType = { kind: 'ROW', fields: [{ name: index, type: withNullable(BIGINT, false) }, ...values], nullable: false };
  return { kind: 'ROW', fields: [{ name: 'answers', type: { kind: 'ARRAY', element: answer, nullable: false } }], nullable: false };
}

function compilePath(path: string): JSONPathQuery {
  try {
    return compile(path);
  } catch (cause) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"response.path" is no JSONPath: ${(cause as Error).message}`,
      notes: [{ message: 'write it by RFC 9535, such as "$[*]" or "$.results[*]"' }],
      cause,
    });
  }
}

/** A path that finds nothing in the form that the model is asked for would fail every row. */
function checkPath(query: JSONPathQuery, { index }: AnswerFields): void {
  if (select(query, { answers: [{ [index]: 1 }] }).length > 0) return;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `"response.path" selects nothing in {"answers": [{"${index}": …}]}, which is the form that the model is asked for`,
    notes: [{ message: 'leave it out, or ask for another form in "batch.prompt-template"' }],
  });
}

interface Reading {
  readonly query: JSONPathQuery;
  readonly parse: (text: string) => unknown;
  readonly fields: AnswerFields;
}

function findAnswers(reply: string, { query, parse, fields }: Reading): FoundAnswers {
  const found = (answer: Answer, needsAll: boolean): FoundAnswer => ({
    id: readId(answer[fields.index]),
    read: () => readFields(answer, fields, { needsAll }),
  });
  const documents = findJson(reply, parse);
  const answers = documents.flatMap(({ value, open }) => answersIn(value, { query, fields }).filter(answer => !open.has(answer)));
  return {
    answers: answers.map(answer => found(answer, false)),
    ...(answers.length === 0 && {
      problem: documents.length === 0 ? 'the reply is not JSON' : `the reply has no answers at ${String(query)}`,
    }),
    repair: () => answersIn(repaired(reply, parse), { query, fields }).map(answer => found(answer, true)),
  };
}

/** The objects that the path selects; where it selects none, the value itself if it is an answer, as in JSON lines. */
function answersIn(value: unknown, { query, fields }: Pick<Reading, 'query' | 'fields'>): readonly Answer[] {
  const selected = select(query, value);
  return selected.length === 0 && isAnswer(value) && Object.hasOwn(value, fields.index) ? [value] : selected;
}

function select(query: JSONPathQuery, value: unknown): readonly Answer[] {
  try {
    const nodes: unknown[] = query.query(value as JSONValue).values();
    return nodes.flatMap(node => node).filter(isAnswer);
  } catch (thrown) {
    // Too deep, or a filter that this reply does not fit.
    if (thrown instanceof JSONPathError) return [];
    throw thrown;
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/** Longest reply that is repaired, in characters: repairing takes the square of a reply of quotes. */
const MAX_REPAIRED = 20_000;

/** The JSON that a reply was meant to be, where it has an end; `undefined` where that cannot be told. */
function repaired(reply: string, parse: (text: string) => unknown): unknown {
  if (reply.length > MAX_REPAIRED) return undefined;
  const [text] = /[[{][\s\S]*[\]}](?=\s*(?:```)?\s*$)/.exec(reply) ?? [];
  if (text === undefined) return undefined;
  try {
    return parse(jsonrepair(text));
  } catch {
    return undefined;
  }
}
