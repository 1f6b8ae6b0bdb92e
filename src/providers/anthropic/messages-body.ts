import type { ChatRequest, ReplyForm } from '../../kit/chat/chat-wire.js';
import { estimateTokens } from '../../kit/estimate-tokens.js';
import type { AnthropicOptions } from './anthropic-options.js';
import { anthropicSchema } from './anthropic-schema.js';

/**
 * Prompts of fewer tokens are cached by no model: the smallest minimum is 1,024, halved because this is an estimate. Above
 * it the service goes by the model's own minimum, and a mark on a shorter prompt costs nothing.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
const MIN_CACHED_TOKENS = 512;

/** The service requires a limit of every request, and counts against its own limits only what was written. */
export const DEFAULT_MAX_TOKENS = 4_096;
/** No model since Claude Opus 4.1 writes less; more than a model can write is refused. Only for limits that nobody has set. */
const MOST_TOKENS = 32_000;

/** Makes the body of `POST /v1/messages`; members that are `undefined` are not sent. */
export function createMessagesBody(options: AnthropicOptions): (chat: ChatRequest) => object {
  const { thinking } = options;
  const request = {
    model: options.model,
    temperature: options.temperature,
    top_p: options['top-p'],
    top_k: options['top-k'],
    stop_sequences: options.stop,
    thinking: thinking === 'default' ? undefined : { type: thinking },
  };
  return chat => ({
    ...request,
    max_tokens: maxTokens(chat, options),
    output_config: outputConfig(chat.form, options),
    system: systemOf(chat.instructions, options),
    messages: messagesOf(chat),
  });
}

function maxTokens({ maxTokens: asked = DEFAULT_MAX_TOKENS }: ChatRequest, options: AnthropicOptions): number {
  return options['max-tokens'] === undefined ? Math.min(asked, MOST_TOKENS) : asked;
}

/** The only text that is the same in all calls: what is behind it differs from row to row, and is not worth its place in the cache. */
function systemOf(instructions: string, { 'prompt-caching': ttl }: AnthropicOptions): unknown {
  if (instructions === '') return undefined;
  if (ttl === 'none' || estimateTokens(instructions) < MIN_CACHED_TOKENS) return instructions;
  return [{ type: 'text', text: instructions, cache_control: { type: 'ephemeral', ttl } }];
}

/** Turns of the same role may follow each other: the service joins them. */
function messagesOf({ message, rejection }: ChatRequest): object[] {
  return [message, rejection].flatMap(content => (content === undefined ? [] : [{ role: 'user', content }]));
}

/** There is no mode for any JSON: where the form is not a schema, the instructions say it. */
function outputConfig(form: ReplyForm, { effort }: AnthropicOptions): object | undefined {
  const format = form.kind === 'schema' ? { type: 'json_schema', schema: anthropicSchema(form.schema) } : undefined;
  return format === undefined && effort === undefined ? undefined : { format, effort };
}
