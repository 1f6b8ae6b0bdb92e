import type { ChatChoice } from '../chat/chat-wire.js';

interface Choice {
  readonly message?: { readonly content?: unknown; readonly refusal?: unknown } | null;
  readonly finish_reason?: unknown;
}

/** The choices of a chat completion; none where it has none. */
export function readChoices(json: unknown): ChatChoice[] {
  const { choices } = (json ?? {}) as { choices?: unknown };
  return Array.isArray(choices) ? (choices as readonly Choice[]).map(readChoice) : [];
}

function readChoice(choice: Choice | null): ChatChoice {
  const { message, finish_reason: finish } = choice ?? {};
  const refusal = message?.refusal;
  if (finish === 'length') return { text: readContent(message?.content), ending: 'cut' };
  if (finish === 'content_filter') return { text: '', ending: 'filtered' };
  if (typeof refusal === 'string' && refusal !== '') return { text: refusal, ending: 'refused' };
  return { text: readContent(message?.content), ending: 'complete' };
}

/** A text, or a list of parts of which some servers make it. */
function readContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
