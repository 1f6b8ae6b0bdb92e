import { columnOf, valueAt, type Batch } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { Model, ModelCall, ModelResult } from '../../spec/provider.js';
import { estimateRowTokens } from '../estimate-row-tokens.js';
import { createPrompt, isOneText } from '../prompt.js';
import { createAnswerForm } from './answer-form.js';
import { createOneRowAsker } from './ask-one-row.js';
import type { ChatWire } from './chat-wire.js';
import { openManyRows, type ManyRowsOptions } from './many-rows/open-many-rows.js';
import { resultOfRows } from './row-answers.js';

/** What `createLanguageModel` reads of a provider's options, all from `chatOptions`. */
export interface LanguageModelOptions extends ManyRowsOptions {
  readonly temperature?: number | undefined;
  readonly 'context-window'?: number | undefined;
}

export interface LanguageModelInit {
  readonly wire: ChatWire;
  readonly options: LanguageModelOptions;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  /** As `Model.version`. */
  readonly version: string;
  /** As `Model.quota`. */
  readonly quota: string;
}

/** Most rows of one prompt. */
const MAX_ROWS = 1_000;

/**
 * A model that is asked in words: prompts from rows, answers from replies, whatever the service's wire format.
 *
 * A call of one row asks as if there were no other; a call of several asks about all of them in one prompt.
 *
 * @throws {MillraceError} `MODEL_SCHEMA`, `INVALID_OPTION`
 */
export function createLanguageModel({ wire, options, inputs, outputs, version, quota }: LanguageModelInit): Model {
  // There is nothing to ask about a text that is NULL.
  const skipsNulls = options.prompt === undefined && isOneText(inputs);
  const prompt = createPrompt({ inputs, template: options.prompt });
  const form = createAnswerForm(outputs, { format: options['response-format'], hasSchemas: wire.hasSchemas });
  const instructions = [options['system-prompt'], form.instruction].filter(part => part !== undefined).join('\n\n');
  const maxTokens = options['max-tokens'];
  const askMany = openManyRows({ wire, options, inputs, outputs });
  // Where the task stands only in the template of many rows, one row is asked about with it too.
  const hasOwnPrompt = options['batch.prompt-template'] === undefined || options.prompt !== undefined;
  const askOne = hasOwnPrompt ? createOneRowAsker({ wire, prompt, form, instructions, maxTokens }) : askMany;

  async function predict(batch: Batch, call: ModelCall): Promise<ModelResult> {
    const rows = Array.from({ length: batch.rowCount }, (_, row) => row).filter(
      row => !skipsNulls || valueAt(batch.columns[0]!, row) !== null,
    );
    if (rows.length === 0)
      return {
        outputs: outputs.map(({ type }) =>
          columnOf(
            type,
            Array.from({ length: batch.rowCount }, () => null),
          ),
        ),
      };
    const ask = rows.length === 1 ? askOne : askMany;
    const { reply, outcomes } = await ask({ batch, rows }, call);
    const { usage, rateLimit, requestId } = reply;
    const answers = new Map(rows.map((row, i) => [row, outcomes[i]!]));
    return { ...resultOfRows(answers, { rowCount: batch.rowCount, outputs }), usage, rateLimit, requestId };
  }

  const tokens = estimateRowTokens({
    prompt,
    staticText: form.reply.kind === 'schema' ? instructions + JSON.stringify(form.reply.schema) : instructions,
    outputOfRow: wire.reservesOutput === true ? (maxTokens ?? 0) * wire.choices : 0,
    maxOfCall: options['context-window'],
  });
  const maxInputsPerCall = wire.choices === 1 ? MAX_ROWS : 1;
  return {
    maxInputsPerCall,
    version,
    quota,
    isRepeatable: options.temperature === 0 && wire.choices === 1,
    tokens,
    operation: 'chat',
    predict,
  };
}
