import { MillraceError } from '../common/error.js';
import { valueAt, type Batch } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import { jsonText } from './json-text.js';
import { compileTemplate } from './template.js';

export interface PromptInit {
  /** The INPUT columns. */
  readonly inputs: readonly Field[];
  /** The `prompt` option: a mustache template over the INPUT columns. */
  readonly template?: string | undefined;
}

/** The message text of one row (from 0); `null` where the only input is NULL and there is nothing to ask. */
export type Prompt = (inputs: Batch, row: number) => string | null;

/**
 * How a model's inputs become the text of a message: the template where there is one, the text itself where the only
 * input is a string, else one JSON object by column name with exact numbers.
 *
 * @throws {MillraceError} `INVALID_OPTION` as `compileTemplate`, `MODEL_SCHEMA` for a column that has no text form.
 */
export function createPrompt({ inputs, template }: PromptInit): Prompt {
  for (const input of inputs) {
    if (input.type.kind.startsWith('INTERVAL')) {
      throw new MillraceError({
        code: 'MODEL_SCHEMA',
        message: `input "${input.name}" is an INTERVAL, which a message cannot carry`,
        notes: [{ message: 'cast it to STRING or BIGINT' }],
      });
    }
  }
  if (template !== undefined) return compileTemplate({ template, fields: inputs, option: 'prompt' });
  if (isOneText(inputs)) {
    return (batch, row) => valueAt(batch.columns[0]!, row) as string | null;
  }
  const names = inputs.map(input => JSON.stringify(input.name));
  return (batch, row) => `{${inputs.map((input, c) => `${names[c]}:${jsonText(valueAt(batch.columns[c]!, row), input.type)}`).join(',')}}`;
}

/** Whether the inputs are a single string. */
export function isOneText([first, ...more]: readonly Field[]): boolean {
  return more.length === 0 && (first?.type.kind === 'VARCHAR' || first?.type.kind === 'CHAR');
}
