import { MillraceError } from '../../common/error.js';
import { createPrompt } from '../../kit/prompt.js';
import { columnOf, type Batch, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { Model, ModelCall, ModelContext, ModelResult } from '../../spec/provider.js';
import { createAnswerForm } from './answer-form.js';
import { readChoices } from './chat-reply.js';
import { createCall, readAccounting } from './openai-call.js';
import type { OpenAiOptions } from './openai-options.js';

/** `POST …/chat/completions`: one input a call, `n` answers an input. */
export function openChatModel(context: ModelContext<OpenAiOptions>): Model {
  const { options, inputs, outputs } = context;
  const prompt = createPrompt({ inputs, template: options.prompt });
  const form = createAnswerForm(outputs, options['response-format']);
  const system = [options['system-prompt'], form.instruction].filter(part => part !== undefined).join('\n\n');
  const post = createCall(context, 'chat-completion');
  const request = { ...staticBody(options), ...form.request };

  async function predict(batch: Batch, call: ModelCall): Promise<ModelResult> {
    const content = prompt(batch, 0);
    if (content === null) return { outputs: outputs.map(({ type }) => columnOf(type, [null])) };
    const messages = [...(system === '' ? [] : [{ role: 'system', content: system }]), { role: 'user', content }];
    const answer = await post({ ...request, messages }, call);
    return { ...toResult(readRows(answer.json), outputs), ...readAccounting(answer) };
  }

  /** A bad answer is returned, not thrown: its tokens are paid for, and the result is what carries them. */
  function readRows(json: unknown): readonly (readonly Value[])[] | MillraceError {
    try {
      return readChoices(json, options.n ?? 1).map(text => form.read(text));
    } catch (thrown) {
      if (MillraceError.is(thrown) && thrown.code === 'BAD_ANSWER') return thrown;
      throw thrown;
    }
  }

  return { maxInputsPerCall: 1, version: options.model, predict };
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

/** Members that are the same in every call; `undefined` ones are not sent. */
function staticBody(options: OpenAiOptions): Record<string, unknown> {
  return {
    model: options.model,
    temperature: options.temperature,
    [maxTokensMember(options)]: options['max-tokens'],
    top_p: options['top-p'],
    presence_penalty: options['presence-penalty'],
    frequency_penalty: options['frequency-penalty'],
    seed: options.seed,
    stop: options.stop,
    n: options.n,
  };
}

/**
 * OpenAI's own models take `max_completion_tokens`, and the reasoning ones refuse `max_tokens`; other servers know only
 * `max_tokens`. https://platform.openai.com/docs/api-reference/chat/create
 */
function maxTokensMember({ endpoint, model }: OpenAiOptions): string {
  const own = new URL(endpoint).hostname === 'api.openai.com' || /^(o\d|gpt-5)/.test(model);
  return own ? 'max_completion_tokens' : 'max_tokens';
}
