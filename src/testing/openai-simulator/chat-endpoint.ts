import { hash32 } from '../../kit/seeded-random.js';
import { isObject, type Body } from '../simulator/json-body.js';
import type { PreparedAnswer } from '../simulator/simulated-protocol.js';
import { countTokens, simulatedText, type SimulatedChat, type SimulatedForm } from '../simulator/simulated-text.js';
import { checkKnown, numberMember } from './request-body.js';
import { checkStrictSchema } from './strict-schema.js';
import { invalidRequest } from './wire-error.js';

const MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'temperature',
  'top_p',
  'n',
  'stream',
  'stop',
  'max_tokens',
  'max_completion_tokens',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'user',
  'seed',
  'response_format',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'metadata',
  'store',
  'service_tier',
  'reasoning_effort',
]);

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly choices: number;
  readonly maxTokens: number;
  readonly form: SimulatedForm;
}

export interface ChatContext {
  readonly seed: string;
  /** `content-filter` and `refusal` are answers; others do not concern it. */
  readonly fault: string | undefined;
  /** Unix time in seconds. */
  readonly created: number;
  /** How answers to several rows in one prompt are spoilt; not at all when absent. */
  readonly spoil?: SimulatedChat['spoil'];
}

/** What is asked: messages that the user sends one after the other are one, and what follows the first is said about it. */
function questionOf(messages: ChatRequest['messages']): string {
  const before = messages.findLastIndex(({ role }) => role !== 'user');
  return (messages[before + 1] ?? messages.at(-1)!).content;
}

/** `POST …/chat/completions`. @throws {Refusal} 400 for a request that OpenAI would refuse. */
export function answerChat(body: Body, { seed, fault, created, spoil }: ChatContext): PreparedAnswer {
  const request = readRequest(body);
  const prompt = request.messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
  const message = questionOf(request.messages);
  const instructions = request.messages.find(({ role }) => role === 'system')?.content ?? '';
  const texts = Array.from({ length: request.choices }, (_, choice) =>
    simulatedText({ seed, message, choice, instructions, spoil }, request.form),
  );
  const promptTokens = countTokens(prompt);
  const choices = texts.map((text, index) => ({ index, ...choiceOf(text, request.maxTokens, fault), logprobs: null }));
  const completionTokens = texts.reduce((sum, text) => sum + Math.min(countTokens(text), request.maxTokens), 0);
  return {
    inputs: [prompt],
    promptTokens,
    completionTokens,
    body: JSON.stringify({
      id: `chatcmpl-${hash32(`${seed}/${prompt}`).toString(36)}`,
      object: 'chat.completion',
      created,
      model: request.model,
      choices,
      usage: {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      system_fingerprint: 'fp_simulator',
    }),
  };
}

function choiceOf(text: string, maxTokens: number, fault: string | undefined): { message: object; finish_reason: string } {
  if (fault === 'content-filter') return { message: { role: 'assistant', content: '', refusal: null }, finish_reason: 'content_filter' };
  if (fault === 'refusal')
    return { message: { role: 'assistant', content: null, refusal: "I'm sorry, I can't help with that." }, finish_reason: 'stop' };
  const cut = countTokens(text) > maxTokens;
  return {
    message: { role: 'assistant', content: cut ? text.slice(0, maxTokens * 4) : text, refusal: null },
    finish_reason: cut ? 'length' : 'stop',
  };
}

function readRequest(body: Body): ChatRequest {
  checkKnown(body, MEMBERS);
  const { model } = body;
  if (typeof model !== 'string' || model === '') throw invalidRequest('model', 'you must provide a model parameter');
  if (body['stream'] === true) throw invalidRequest('stream', 'This simulator does not stream; leave "stream" out.');
  numberMember(body, 'temperature', { min: 0, max: 2 });
  numberMember(body, 'top_p', { min: 0, max: 1 });
  numberMember(body, 'presence_penalty', { min: -2, max: 2 });
  numberMember(body, 'frequency_penalty', { min: -2, max: 2 });
  numberMember(body, 'seed', { integer: true });
  const maxTokens =
    numberMember(body, 'max_completion_tokens', { min: 1, integer: true }) ?? numberMember(body, 'max_tokens', { min: 1, integer: true });
  const messages = readMessages(body['messages']);
  return {
    model,
    messages,
    choices: numberMember(body, 'n', { min: 1, max: 128, integer: true }) ?? 1,
    maxTokens: maxTokens ?? Infinity,
    form: readFormat(body['response_format'], messages),
  };
}

function readMessages(messages: unknown): ChatRequest['messages'] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalidRequest('messages', "Invalid 'messages': expected a non-empty array.");
  return messages.map((message: unknown, i) => {
    if (!isObject(message) || typeof message['role'] !== 'string' || typeof message['content'] !== 'string') {
      throw invalidRequest(`messages.[${i}]`, `Invalid 'messages[${i}]': expected an object with a role and a content.`);
    }
    return { role: message['role'], content: message['content'] };
  });
}

function readFormat(format: unknown, messages: ChatRequest['messages']): SimulatedForm {
  if (format === undefined || format === null) return { kind: 'text' };
  if (!isObject(format)) throw invalidRequest('response_format', "Invalid type for 'response_format': expected an object.");
  switch (format['type']) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      if (messages.some(({ content }) => /json/i.test(content))) return { kind: 'json' };
      throw invalidRequest(
        'messages',
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      );
    case 'json_schema':
      return { kind: 'schema', schema: checkStrictSchema(format['json_schema']) };
    default:
      throw invalidRequest(
        'response_format.type',
        `Invalid value: '${String(format['type'])}'. Supported values are: 'json_object', 'json_schema', and 'text'.`,
      );
  }
}
