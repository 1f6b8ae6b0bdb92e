import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';
import type { ChatChoice, ReplyEnding } from '../../kit/chat/chat-wire.js';
import type { Usage } from '../../spec/provider.js';

interface ContentBlock {
  readonly text?: unknown;
  readonly toolUse?: { readonly input?: unknown } | null;
}

interface ConverseReply {
  readonly output?: { readonly message?: { readonly content?: unknown } | null } | null;
  readonly stopReason?: unknown;
  readonly usage?: Readonly<Record<string, unknown>> | null;
}

/** Reasons to stop that are not the model's own end of its answer. */
const ENDINGS: Readonly<Record<string, ReplyEnding>> = {
  max_tokens: 'cut',
  model_context_window_exceeded: 'cut',
  content_filtered: 'filtered',
  guardrail_intervened: 'filtered',
};

/** The answer of a Converse reply, up to the cut where it was cut; none where it has no message. @param text the reply as it came. */
export function readChoice(json: unknown, text: string): ChatChoice[] {
  const { output, stopReason } = (json ?? {}) as ConverseReply;
  if (!Array.isArray(output?.message?.content)) return [];
  const ending = Object.hasOwn(ENDINGS, String(stopReason)) ? ENDINGS[String(stopReason)]! : 'complete';
  return [{ text: ending === 'filtered' ? '' : answerOf(blocksOf(json), text), ending }];
}

function blocksOf(json: unknown): readonly (ContentBlock | null)[] {
  return (json as { output: { message: { content: readonly (ContentBlock | null)[] } } }).output.message.content;
}

/** What the model gave its tool, else its texts; blocks of reasoning are no part of the answer. */
function answerOf(blocks: readonly (ContentBlock | null)[], text: string): string {
  const tool = blocks.findIndex(block => block?.toolUse?.input !== undefined);
  if (tool >= 0) return toolInput(tool, text);
  return blocks.map(block => (typeof block?.text === 'string' ? block.text : '')).join('');
}

/** As JSON, with the digits that were sent: a BIGINT may have more than a double holds. */
function toolInput(block: number, text: string): string {
  const input = blocksOf(parseLossless(text))[block]?.toolUse?.input;
  return stringifyLossless(input) ?? '';
}

/** Tokens from and into the prompt cache are no part of Converse's `inputTokens`. */
export function readUsage(json: unknown): Usage | undefined {
  const { usage } = (json ?? {}) as ConverseReply;
  if (typeof usage !== 'object' || usage === null) return undefined;
  const cached = tokens(usage['cacheReadInputTokens']);
  const written = tokens(usage['cacheWriteInputTokens']);
  return {
    inputTokens: (tokens(usage['inputTokens']) ?? 0) + (cached ?? 0) + (written ?? 0),
    outputTokens: tokens(usage['outputTokens']) ?? 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
  };
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
