import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { valueOfSchema } from './json-schema-value.js';
import { rowFormOf } from './row-answers.js';
import { contentOf, readRows } from './simulated-rows.js';
import { spoilAnswers, type BatchRates } from './spoil-answers.js';

/** In which form a model is asked to answer. */
export type SimulatedForm =
  | { readonly kind: 'text' }
  /** Any JSON object. */
  | { readonly kind: 'json' }
  | { readonly kind: 'schema'; readonly schema: Readonly<Record<string, unknown>> };

export interface SimulatedAnswer {
  readonly seed: string;
  /** The user's message. */
  readonly message: string;
  /** From 0. */
  readonly choice?: number;
}

/** What a simulated language model says: `answer`, a hash of all three, and the end of the message. */
export function simulatedAnswer({ seed, message, choice = 0 }: SimulatedAnswer): string {
  return `answer ${hash32(`${seed}/${choice}/${message}`).toString(16).padStart(8, '0')} to: ${message.slice(-80)}`;
}

export interface SimulatedChat extends SimulatedAnswer {
  /** The system message; empty for none. */
  readonly instructions?: string;
  /** How the answers of a prompt of several rows are spoilt; not at all when absent. */
  readonly spoil?: { readonly rates: BatchRates; /** Uniform in [0, 1). */ readonly random: () => number } | undefined;
}

/**
 * The same in the form that was asked for. In a prompt of several rows each row has the answer that it has alone, by what
 * it says and the seed.
 */
export function simulatedText(chat: SimulatedChat, form: SimulatedForm): string {
  return textOfRows(chat, form) ?? textOfMessage({ ...chat, message: contentOf(chat.message) }, form);
}

function textOfMessage(answer: SimulatedAnswer, form: SimulatedForm): string {
  switch (form.kind) {
    case 'schema': {
      const random = seededRandom(`${answer.seed}/${answer.choice ?? 0}/${answer.message}`);
      return JSON.stringify(valueOfSchema(form.schema, { random, text: 'label' }));
    }
    case 'json':
      return JSON.stringify({ answer: simulatedAnswer(answer) });
    default:
      return simulatedAnswer(answer);
  }
}

/** `undefined` where the prompt is none of several rows. */
function textOfRows({ seed, message, instructions = '', spoil }: SimulatedChat, form: SimulatedForm): string | undefined {
  const asked = readRows(instructions, message);
  if (asked === undefined) return undefined;
  const { idName, rows } = asked;
  const rowForm = rowFormOf({ seed, idName, form, instructions, message, say: content => simulatedAnswer({ seed, message: content }) });
  if (rowForm === undefined) return undefined;
  const answers = rows.map(({ id, content }) => ({ [idName]: id, ...rowForm.fields(content) }));
  return rowForm.write(spoil === undefined || rows.length === 1 ? answers : spoilAnswers(answers, { ...spoil, idName }));
}

/** About four characters make a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
