import { MillraceError } from '../../common/error.js';
import type { ChatChoice } from './chat-wire.js';

/**
 * The text of a choice that can be read.
 *
 * @throws {MillraceError} `BAD_ANSWER`: with `retry: 'backoff'` for an answer that is cut, refused or empty, since a model that is
 * told so can do better; with `'never'` for one that the service's filter withheld.
 */
export function readReply({ text, ending }: ChatChoice): string {
  switch (ending) {
    case 'cut':
      throw new MillraceError({
        code: 'BAD_ANSWER',
        message: 'the answer was cut at the token limit',
        retry: 'backoff',
        notes: [{ message: 'raise "max-tokens", or ask for a shorter answer' }],
      });
    case 'filtered':
      throw new MillraceError({ code: 'BAD_ANSWER', message: "the service's content filter withheld the answer" });
    case 'refused':
      throw new MillraceError({
        code: 'BAD_ANSWER',
        message: `the model refused to answer: ${text.slice(0, 300)}`,
        retry: 'backoff',
      });
    default:
      if (text.trim() === '') throw new MillraceError({ code: 'BAD_ANSWER', message: 'the answer is empty', retry: 'backoff' });
      return text;
  }
}
