import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { valueOfSchema } from './json-schema-value.js';

/** In which form a model is asked to answer. */
export type SimulatedForm =
  | { readonly kind: 'text' }
  /** Any JSON object. */
  | { readonly kind: 'json' }
  | { readonly kind: 'schema'; readonly schema: Readonly<Record<string, unknown>> };

export interface SimulatedAnswer {
  readonly seed: string;
  /** Content of the last message. */
  readonly message: string;
  /** From 0. */
  readonly choice?: number;
}

/** What a simulated language model says: `answer`, a hash of all three, and the end of the message. */
export function simulatedAnswer({ seed, message, choice = 0 }: SimulatedAnswer): string {
  return `answer ${hash32(`${seed}/${choice}/${message}`).toString(16).padStart(8, '0')} to: ${message.slice(-80)}`;
}

/** The same in the form that was asked for. */
export function simulatedText(answer: SimulatedAnswer, form: SimulatedForm): string {
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

/** About four characters make a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
