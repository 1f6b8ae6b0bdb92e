import { MillraceError } from '../../common/error.js';
import { columnOf, type Batch, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { Model, ModelCall, ModelResult } from '../../spec/provider.js';
import { estimateRowTokens } from '../estimate-row-tokens.js';
import { createPrompt } from '../prompt.js';
import { createAnswerForm } from './answer-form.js';
import type { ChatReply, ChatWire } from './chat-wire.js';
import { readReply } from './read-reply.js';

/** What `createLanguageModel` reads of a provider's options, all from `chatOptions`. */
export interface LanguageModelOptions {
  readonly 'system-prompt'?: string | undefined;
  readonly prompt?: string | undefined;
  readonly temperature?: number | undefined;
  readonly 'max-tokens'?: number | undefined;
  readonly 'context-window'?: number | undefined;
  readonly 'response-format'?: 'text' | 'json_object' | 'json_schema' | undefined;
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

/**
 * A model that is asked in words: prompts from rows, answers from replies, whatever the service's wire format.
 *
 * @throws {MillraceError} `MODEL_SCHEMA`, `INVALID_OPTION`
 */
export function createLanguageModel({ wire, options, inputs, outputs, version, quota }: LanguageModelInit): Model {
  const prompt = createPrompt({ inputs, template: options.prompt });
  const form = createAnswerForm(outputs, { format: options['response-format'], hasSchemas: wire.hasSchemas });
  const instructions = [options['system-prompt'], form.instruction].filter(part => part !== undefined).join('\n\n');

  async function predict(batch: Batch, call: ModelCall): Promise<ModelResult> {
    const message = prompt(batch, 0);
    if (message === null) return { outputs: outputs.map(({ type }) => columnOf(type, [null])) };
    const reply = await wire.ask({ instructions, message, rejection: rejectionOf(call), form: form.reply }, call);
    const { usage, rateLimit, requestId } = reply;
    return { ...toResult(readRows(reply), outputs), usage, rateLimit, requestId };
  }

  /** A bad answer is returned, not thrown: its tokens are paid for, and the result is what carries them. */
  function readRows({ choices }: ChatReply): readonly (readonly Value[])[] | MillraceError {
    try {
      if (choices.length !== wire.choices) throw wrongCount(wire, choices.length);
      return choices.map(choice => form.read(readReply(choice)));
    } catch (thrown) {
      if (MillraceError.is(thrown) && thrown.code === 'BAD_ANSWER') return thrown;
      throw thrown;
    }
  }

  const tokens = estimateRowTokens({
    prompt,
    staticText: form.reply.kind === 'schema' ? instructions + JSON.stringify(form.reply.schema) : instructions,
    outputOfRow: wire.reservesOutput === true ? (options['max-tokens'] ?? 0) * wire.choices : 0,
    maxOfCall: options['context-window'],
  });
  return { maxInputsPerCall: 1, version, quota, isRepeatable: options.temperature === 0 && wire.choices === 1, tokens, predict };
}

function wrongCount({ service, choices }: ChatWire, found: number): MillraceError {
  const count = found === 0 ? 'no' : String(found);
  return new MillraceError({
    code: 'BAD_ANSWER',
    message: `${service} answered with ${count} choices where ${choices} ${choices === 1 ? 'was' : 'were'} asked for`,
    retry: 'backoff',
  });
}

function rejectionOf({ rejection }: ModelCall): string | undefined {
  return rejection && `Your last answer was rejected: ${rejection}. Answer again, in the form that was asked for.`;
}

function toResult(rows: readonly (readonly Value[])[] | MillraceError, outputs: readonly Field[]): ModelResult {
  if (MillraceError.is(rows)) {
    return { outputs: outputs.map(({ type }) => columnOf(type, [])), inputOf: new Uint32Array(0), failures: new Map([[0, rows]]) };
  }
  return {
    outputs: outputs.map(({ type }, c) =>
      columnOf(
        type,
        rows.map(row => row[c]!),
      ),
    ),
    ...(rows.length > 1 && { inputOf: new Uint32Array(rows.length) }),
  };
}
