import { MillraceError } from '../../../common/error.js';
import type { Field } from '../../../spec/data-type.js';
import type { ChatWire } from '../chat-wire.js';
import type { AskRows } from '../row-answers.js';
import { answerFields, type AnswerFields } from './answer-fields.js';
import type { AnswersForm } from './answers-form.js';
import { createManyRowsAsker } from './ask-many-rows.js';
import { createDelimitedAnswers } from './delimited-answers.js';
import { createJsonAnswers } from './json-answers.js';
import { createRowsPrompt } from './rows-prompt.js';
import { createXmlAnswers } from './xml-answers.js';

/** The options that a call of many rows reads, all from `chatOptions`. */
export interface ManyRowsOptions {
  readonly 'system-prompt'?: string | undefined;
  readonly prompt?: string | undefined;
  readonly 'max-tokens'?: number | undefined;
  readonly 'response-format'?: 'text' | 'json_object' | 'json_schema' | undefined;
  readonly 'batch.prompt-template'?: string | undefined;
  readonly 'response.format'?: 'json' | 'xml' | 'delimited' | undefined;
  readonly 'response.path'?: string | undefined;
  readonly 'response.index.field'?: string | undefined;
  readonly 'response.value.field'?: string | undefined;
  readonly 'response.delimiter'?: string | undefined;
}

export interface OpenManyRowsInit {
  readonly wire: ChatWire;
  readonly options: ManyRowsOptions;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
}

/**
 * Asks about many rows in one prompt, as the options say.
 *
 * @throws {MillraceError} `INVALID_OPTION` for options that contradict each other, `MODEL_SCHEMA` for columns that the
 * form of the answers cannot carry.
 */
export function openManyRows({ wire, options, inputs, outputs }: OpenManyRowsInit): AskRows {
  checkOptions(options, wire);
  const template = options['batch.prompt-template'];
  const fields = answerFields({
    inputs,
    outputs,
    index: options['response.index.field'],
    value: options['response.value.field'],
    hasTemplate: template !== undefined,
  });
  return createManyRowsAsker({
    wire,
    prompt: createRowsPrompt({ inputs, index: fields.index, template, prompt: options.prompt }),
    form: openForm(fields, { wire, options }),
    systemPrompt: options['system-prompt'],
    maxTokens: options['max-tokens'],
    outputs,
  });
}

function openForm(fields: AnswerFields, { wire, options }: Pick<OpenManyRowsInit, 'wire' | 'options'>): AnswersForm {
  const hasTemplate = options['batch.prompt-template'] !== undefined;
  const path = options['response.path'];
  switch (options['response.format']) {
    case 'xml':
      return createXmlAnswers({ fields, path, hasTemplate });
    case 'delimited':
      return createDelimitedAnswers({ fields, delimiter: options['response.delimiter'], hasTemplate });
    default:
      return createJsonAnswers({ fields, path, hasTemplate, format: options['response-format'], hasSchemas: wire.hasSchemas });
  }
}

/** Options of many rows that would have no effect beside the others. */
function checkOptions(options: ManyRowsOptions, { choices }: ChatWire): void {
  const format = options['response.format'] ?? 'json';
  if (choices > 1 && options['batch.prompt-template'] !== undefined)
    throw contradiction('"batch.prompt-template" asks for one answer to each row, and "n" for several', 'leave one of them out');
  if (format !== 'json' && (options['response-format'] ?? 'text') !== 'text')
    throw contradiction(`"response.format" is "${format}", and "response-format" asks the service for JSON`, 'leave "response-format" out');
  if (format !== 'delimited' && options['response.delimiter'] !== undefined)
    throw contradiction(
      '"response.delimiter" is set, and answers are not delimited',
      'set "response.format" to "delimited", or leave it out',
    );
  if (format !== 'delimited') return;
  for (const key of ['response.path', 'response.index.field', 'response.value.field'] as const)
    if (options[key] !== undefined)
      throw contradiction(
        `"${key}" is set, and delimited answers have no names`,
        'leave it out: the id comes first, then the OUTPUT columns',
      );
}

function contradiction(message: string, next: string): MillraceError {
  return new MillraceError({ code: 'INVALID_OPTION', message, notes: [{ message: next }] });
}
