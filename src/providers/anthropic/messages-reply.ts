import type { ChatChoice, ReplyEnding } from '../../kit/chat/chat-wire.js';
import type { Usage } from '../../spec/provider.js';

/** Why the model stopped; reasons that are not here are taken for `complete`, since the text is checked anyway. */
const ENDINGS: Readonly<Record<string, ReplyEnding>> = {
  end_turn: 'complete',
  stop_sequence: 'complete',
  max_tokens: 'cut',
  model_context_window_exceeded: 'cut',
  // The service stopped in the middle of a long turn, and wants to be asked to go on.
  pause_turn: 'cut',
  refusal: 'refused',
};

interface Message {
  readonly content?: unknown;
  readonly stop_reason?: unknown;
  readonly stop_details?: { readonly explanation?: unknown } | null;
}

interface Block {
  readonly type?: unknown;
  readonly text?: unknown;
}

/** The answer of a message: its text blocks, joined, without its thinking; none where it is no message. */
export function readMessage(json: unknown): ChatChoice[] {
  const { content, stop_reason: reason, stop_details: details } = (json ?? {}) as Message;
  if (!Array.isArray(content)) return [];
  const text = (content as readonly (Block | null)[])
    .flatMap(block => (block?.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('');
  const ending = (typeof reason === 'string' ? ENDINGS[reason] : undefined) ?? 'complete';
  const explanation = ending === 'refused' && typeof details?.explanation === 'string' ? details.explanation : text;
  return [{ text: explanation, ending }];
}

interface UsageMember {
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly cache_creation_input_tokens?: unknown;
  readonly cache_read_input_tokens?: unknown;
  readonly output_tokens_details?: { readonly thinking_tokens?: unknown } | null;
}

/** Tokens of a message. The service counts what it read from its cache and wrote into it apart from `input_tokens`. */
export function readUsage(json: unknown): Usage | undefined {
  const { usage } = (json ?? {}) as { readonly usage?: UsageMember | null };
  if (typeof usage !== 'object' || usage === null) return undefined;
  const cached = tokens(usage.cache_read_input_tokens);
  const written = tokens(usage.cache_creation_input_tokens);
  const reasoning = tokens(usage.output_tokens_details?.thinking_tokens);
  return {
    inputTokens: (tokens(usage.input_tokens) ?? 0) + (cached ?? 0) + (written ?? 0),
    outputTokens: tokens(usage.output_tokens) ?? 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
