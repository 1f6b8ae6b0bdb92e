import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import type { ModelCall } from '../../spec/provider.js';
import type { Prompt } from '../prompt.js';
import type { AnswerForm } from './answer-form.js';
import type { ChatReply, ChatWire } from './chat-wire.js';
import { readReply } from './read-reply.js';
import type { AskRows } from './row-answers.js';

export interface OneRowInit {
  readonly wire: ChatWire;
  readonly prompt: Prompt;
  readonly form: AnswerForm;
  /** The system message. */
  readonly instructions: string;
  readonly maxTokens: number | undefined;
}

/** One row a call, and as many answers as the service gives to one message. */
export function createOneRowAsker({ wire, prompt, form, instructions, maxTokens }: OneRowInit): AskRows {
  return async ({ batch, rows }, call) => {
    const [row] = rows;
    const reply = await wire.ask(
      { instructions, message: prompt(batch, row!)!, rejection: rejectionOf(call), form: form.reply, maxTokens },
      call,
    );
    return { reply, outcomes: [readAnswers(reply)] };
  };

  /** A bad answer is returned, not thrown: its tokens are paid for, and the result is what carries them. */
  function readAnswers({ choices }: ChatReply): readonly (readonly Value[])[] | MillraceError {
    try {
      if (choices.length !== wire.choices) throw wrongCount(wire, choices.length);
      return choices.map(choice => form.read(readReply(choice)));
    } catch (thrown) {
      if (MillraceError.is(thrown) && thrown.code === 'BAD_ANSWER') return thrown;
      throw thrown;
    }
  }
}

function rejectionOf({ rejection }: ModelCall): string | undefined {
  return rejection && `Your last answer was rejected: ${rejection}. Answer again, in the form that was asked for.`;
}

/** `BAD_ANSWER` for a reply with another number of choices than were asked for. */
export function wrongCount({ service, choices }: ChatWire, found: number): MillraceError {
  const count = found === 0 ? 'no' : String(found);
  return new MillraceError({
    code: 'BAD_ANSWER',
    message: `${service} answered with ${count} choices where ${choices} ${choices === 1 ? 'was' : 'were'} asked for`,
    retry: 'backoff',
  });
}
