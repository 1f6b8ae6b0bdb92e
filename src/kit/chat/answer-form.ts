import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import { fitText } from '../../spec/value-text.js';
import { createStructuredOutput } from '../structured-output.js';
import type { ReplyForm } from './chat-wire.js';

/** How the OUTPUT columns are asked for and read. */
export interface AnswerForm {
  readonly reply: ReplyForm;
  /** What the system message says about the form; absent where the service enforces it. */
  readonly instruction?: string;
  /** One value per OUTPUT column. @throws {MillraceError} `BAD_ANSWER` */
  read(content: string): readonly Value[];
}

export interface AnswerFormInit {
  /** The `response-format` option. */
  readonly format: 'text' | 'json_object' | 'json_schema' | undefined;
  /** Whether the service holds replies to a schema. */
  readonly hasSchemas: boolean;
}

/**
 * A single STRING is the answer's text as it is. Anything else is one JSON object: by a strict schema, or, where the
 * service has none or `response-format` says `json_object` or `text`, by a schema in the system message.
 */
export function createAnswerForm(outputs: readonly Field[], { format, hasSchemas }: AnswerFormInit): AnswerForm {
  const [output, ...more] = outputs;
  if (more.length === 0 && output !== undefined && isText(output.type) && format !== 'json_schema') {
    const { type } = output;
    return { reply: { kind: format === 'json_object' ? 'json' : 'text' }, read: content => [readText(content, type)] };
  }
  const structured = createStructuredOutput(outputs);
  const { schema } = structured;
  const read = (content: string): readonly Value[] => structured.read(content);
  if (hasSchemas && (format === undefined || format === 'json_schema')) return { reply: { kind: 'schema', schema }, read };
  return {
    reply: { kind: format === 'text' ? 'text' : 'json' },
    instruction: `Answer with nothing but one JSON object that satisfies this JSON schema:\n${JSON.stringify(schema)}`,
    read,
  };
}

type TextType = Extract<DataType, { readonly length: number }>;

function isText(type: DataType): type is TextType {
  return type.kind === 'VARCHAR' || type.kind === 'CHAR';
}

function readText(content: string, type: TextType): string {
  const count = content.length > type.length ? Array.from(content).length : 0;
  if (count > type.length)
    throw new MillraceError({
      code: 'BAD_ANSWER',
      message: `the answer has ${count} characters, and the OUTPUT column takes ${type.length}`,
      retry: 'backoff',
    });
  return fitText(content, type);
}
