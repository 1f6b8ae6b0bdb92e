import type { ChatReply, ChatRequest, ReplyForm } from '../../kit/chat/chat-wire.js';
import { createLanguageModel } from '../../kit/chat/language-model.js';
import { quotaOf } from '../../kit/quota.js';
import type { Model, ModelCall, ModelContext } from '../../spec/provider.js';
import { readChoices } from './chat-reply.js';
import { createCall, readAccounting } from './openai-call.js';
import type { OpenAiOptions } from './openai-options.js';

/** `POST …/chat/completions`: `n` answers an input. */
export function openChatModel(context: ModelContext<OpenAiOptions>): Model {
  const { options, inputs, outputs } = context;
  const choices = options.n ?? 1;
  const post = createCall(context, 'chat-completion');
  const request = staticBody(options);

  async function ask(chat: ChatRequest, call: ModelCall): Promise<ChatReply> {
    const answer = await post({ ...request, response_format: responseFormat(chat.form, options), messages: messagesOf(chat) }, call);
    return { choices: readChoices(answer.json), ...readAccounting(answer) };
  }

  return createLanguageModel({
    wire: { service: 'openai', hasSchemas: true, reservesOutput: true, choices, ask },
    options,
    inputs,
    outputs,
    version: options.model,
    quota: quotaOf({ endpoint: options.endpoint, credential: options['api-key'], model: options.model }),
  });
}

function messagesOf({ instructions, message, rejection }: ChatRequest): object[] {
  return [
    ...(instructions === '' ? [] : [{ role: 'system', content: instructions }]),
    { role: 'user', content: message },
    ...(rejection === undefined ? [] : [{ role: 'user', content: rejection }]),
  ];
}

/** Servers that know no `response_format` get none for a text, unless the user asks for it. */
function responseFormat(form: ReplyForm, { 'response-format': asked }: OpenAiOptions): object | undefined {
  switch (form.kind) {
    case 'schema':
      return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: form.schema } };
    case 'json':
      return { type: 'json_object' };
    default:
      return asked === 'text' ? { type: 'text' } : undefined;
  }
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
