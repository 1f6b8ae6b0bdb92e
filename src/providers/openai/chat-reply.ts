import { MillraceError } from '../../common/error.js';

interface Choice {
  readonly message?: { readonly content?: unknown; readonly refusal?: unknown } | null;
  readonly finish_reason?: unknown;
}

/**
 * The texts of the `count` choices of a chat completion, in the service's order.
 *
 * @throws {MillraceError} `BAD_ANSWER`: with `retry: 'never'` for an answer that was cut or filtered, since the same call
 * is cut again; with `'backoff'` for one that is refused, empty or missing.
 */
export function readChoices(json: unknown, count: number): string[] {
  const { choices } = (json ?? {}) as { choices?: unknown };
  if (!Array.isArray(choices) || choices.length !== count) {
    const found = Array.isArray(choices) ? String(choices.length) : 'no';
    throw new MillraceError({
      code: 'BAD_ANSWER',
      message: `openai answered with ${found} choices where ${count} were asked for`,
      retry: 'backoff',
    });
  }
  return (choices as readonly Choice[]).map(readChoice);
}

function readChoice({ message, finish_reason: finish }: Choice): string {
  const refusal = message?.refusal;
  if (finish === 'length') {
    throw new MillraceError({
      code: 'BAD_ANSWER',
      message: 'the answer was cut at the token limit',
      notes: [{ message: 'raise "max-tokens", or ask for a shorter answer' }],
    });
  }
  if (finish === 'content_filter')
    throw new MillraceError({ code: 'BAD_ANSWER', message: "the service's content filter withheld the answer" });
  if (typeof refusal === 'string' && refusal !== '') {
    throw new MillraceError({ code: 'BAD_ANSWER', message: `the model refused to answer: ${refusal.slice(0, 300)}`, retry: 'backoff' });
  }
  const content = readContent(message?.content);
  if (content.trim() === '') throw new MillraceError({ code: 'BAD_ANSWER', message: 'the answer is empty', retry: 'backoff' });
  return content;
}

/** A text, or a list of parts of which some servers make it. */
function readContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
