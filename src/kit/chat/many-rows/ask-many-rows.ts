import { MillraceError } from '../../../common/error.js';
import type { Field } from '../../../spec/data-type.js';
import type { ModelCall } from '../../../spec/provider.js';
import { wrongCount } from '../ask-one-row.js';
import type { ChatChoice, ChatReply, ChatWire } from '../chat-wire.js';
import { readReply } from '../read-reply.js';
import type { AskRows, RowAnswers } from '../row-answers.js';
import type { AnswersForm } from './answers-form.js';
import { judgeAnswers } from './judge-answers.js';
import { rowIds } from './row-ids.js';
import type { RowsPrompt } from './rows-prompt.js';

/** Tokens that the reply has for each row besides its answer: its id and the names of its fields. */
const FRAME = 24;

export interface ManyRowsInit {
  readonly wire: ChatWire;
  readonly prompt: RowsPrompt;
  readonly form: AnswersForm;
  /** The option `system-prompt`. */
  readonly systemPrompt: string | undefined;
  /** The option `max-tokens`: of the answer to one row. */
  readonly maxTokens: number | undefined;
  readonly outputs: readonly Field[];
}

/** Many rows a call, and one answer to each of them. */
export function createManyRowsAsker({ wire, prompt, form, systemPrompt, maxTokens, outputs }: ManyRowsInit): AskRows {
  const instructions = [systemPrompt, prompt.instructions, form.instruction].filter(part => part !== undefined).join('\n\n');

  return async ({ batch, rows }, call) => {
    const ids = rowIds(call.callId, rows.length);
    const reply = await wire.ask(
      {
        instructions,
        message: prompt.message({ batch, rows, ids }),
        rejection: rejectionOf(call),
        form: form.reply,
        maxTokens: maxTokens && (maxTokens + FRAME) * rows.length,
      },
      call,
    );
    return { reply, outcomes: outcomesOf(reply, ids) };
  };

  function outcomesOf({ choices }: ChatReply, ids: readonly string[]): readonly RowAnswers[] {
    const [choice] = choices;
    if (choice === undefined || choices.length > 1) {
      const failure = wrongCount(wire, choices.length);
      return ids.map(() => failure);
    }
    const text = readText(choice, ids.length);
    if (MillraceError.is(text)) return ids.map(() => text);
    const isCut = choice.ending === 'cut';
    return judgeAnswers(form.find(text, isCut), { ids, outputs, isCut }).map(outcome => (MillraceError.is(outcome) ? outcome : [outcome]));
  }
}

/** As `readReply`, but what ends the reply to several rows may not end the reply to fewer of them. */
function readText(choice: ChatChoice, rowCount: number): string | MillraceError {
  if (choice.ending === 'cut' && rowCount > 1) return choice.text;
  try {
    return readReply(choice);
  } catch (thrown) {
    if (!MillraceError.is(thrown) || thrown.code !== 'BAD_ANSWER') throw thrown;
    if (rowCount === 1) return thrown;
    return new MillraceError({ code: thrown.code, message: thrown.message, retry: 'backoff', notes: thrown.notes, cause: thrown });
  }
}

function rejectionOf({ rejection }: ModelCall): string | undefined {
  return (
    rejection &&
    `Your last answers to these rows were rejected, such as: ${rejection}. Answer every row again, in the form that was asked for.`
  );
}
