import type { z } from 'zod';
import type { ModelCall } from '../../spec/provider.js';
import type { chatOptions } from '../chat/chat-options.js';
import type { ChatReply, ChatRequest, ReplyForm } from '../chat/chat-wire.js';
import type { JsonAnswer } from '../post-json.js';
import type { openAiProtocolOptions } from './openai-protocol-options.js';
import { readAccounting } from './read-accounting.js';
import { readChoices } from './read-choices.js';

/** Sends one body to the address of a task. @throws {MillraceError} as `postJson`. */
export type OpenAiPost = (body: object, call: ModelCall) => Promise<JsonAnswer>;

/** Options of a chat besides `max-tokens`, which the request says. */
export type OpenAiChatOptions = Pick<
  z.output<z.ZodObject<typeof chatOptions & typeof openAiProtocolOptions>>,
  'temperature' | 'top-p' | 'presence-penalty' | 'frequency-penalty' | 'seed' | 'stop' | 'n' | 'response-format'
>;

export interface OpenAiChatInit {
  readonly post: OpenAiPost;
  readonly options: OpenAiChatOptions;
  /** Members of every body besides those of `options`, such as the model. */
  readonly members: Readonly<Record<string, unknown>>;
  /** The member that limits the tokens of a reply: its name differs between services and models. */
  readonly maxTokensMember: string;
}

/** `ChatWire.ask` over `POST …/chat/completions`. https://platform.openai.com/docs/api-reference/chat/create */
export function createChatAsk({
  post,
  options,
  members,
  maxTokensMember,
}: OpenAiChatInit): (chat: ChatRequest, call: ModelCall) => Promise<ChatReply> {
  const request = { ...members, ...samplingMembers(options) };
  return async (chat, call) => {
    const answer = await post(
      {
        ...request,
        [maxTokensMember]: chat.maxTokens,
        response_format: responseFormat(chat.form, options),
        messages: messagesOf(chat),
      },
      call,
    );
    return { choices: readChoices(answer.json), ...readAccounting(answer) };
  };
}

function messagesOf({ instructions, message, rejection }: ChatRequest): object[] {
  return [
    ...(instructions === '' ? [] : [{ role: 'system', content: instructions }]),
    { role: 'user', content: message },
    ...(rejection === undefined ? [] : [{ role: 'user', content: rejection }]),
  ];
}

/** Servers that know no `response_format` get none for a text, unless the user asks for it. */
function responseFormat(form: ReplyForm, { 'response-format': asked }: OpenAiChatOptions): object | undefined {
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
function samplingMembers(options: OpenAiChatOptions): Record<string, unknown> {
  return {
    temperature: options.temperature,
    top_p: options['top-p'],
    presence_penalty: options['presence-penalty'],
    frequency_penalty: options['frequency-penalty'],
    seed: options.seed,
    stop: options.stop,
    n: options.n,
  };
}
