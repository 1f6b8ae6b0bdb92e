import type { ModelCall, RateLimitReport, Usage } from '../../spec/provider.js';
import type { JsonSchema } from '../output-schema.js';

/** The form in which a reply is asked for. */
export type ReplyForm =
  /** Any text. */
  | { readonly kind: 'text' }
  /** One JSON object; the instructions say which. */
  | { readonly kind: 'json' }
  /** One JSON object that the service holds to the schema. */
  | { readonly kind: 'schema'; readonly schema: JsonSchema };

/** One conversation of a language model, as every service takes it in some spelling. */
export interface ChatRequest {
  /** The system prompt: the same in all calls of a model, so that services can cache it; empty for none. */
  readonly instructions: string;
  /** The user's message. */
  readonly message: string;
  /** A second message of the user: what was wrong with the last reply. */
  readonly rejection?: string | undefined;
  readonly form: ReplyForm;
  /** Most tokens of the reply: `max-tokens` for each row that is asked about; absent where it is not set. */
  readonly maxTokens?: number | undefined;
}

/** How a reply ended: by itself, at the token limit, withheld by a filter of the service, or refused by the model. */
export type ReplyEnding = 'complete' | 'cut' | 'filtered' | 'refused';

export interface ChatChoice {
  /** The text, up to the cut where it was cut; or what the model said when it refused. */
  readonly text: string;
  readonly ending: ReplyEnding;
}

export interface ChatReply {
  /** In the service's order; where their number is not `ChatWire.choices`, the answer counts as a bad one. */
  readonly choices: readonly ChatChoice[];
  readonly usage?: Usage | undefined;
  readonly rateLimit?: RateLimitReport | undefined;
  readonly requestId?: string | undefined;
}

/** The wire format of one service: what its provider adds to `createLanguageModel`. */
export interface ChatWire {
  /** How messages call the service: the provider's name. */
  readonly service: string;
  /** Whether the service holds replies to a schema. */
  readonly hasSchemas: boolean;
  /** Whether the service sets `max-tokens` aside from its token limit when it admits a call; false when absent. */
  readonly reservesOutput?: boolean | undefined;
  /** Replies to one message. */
  readonly choices: number;
  /**
   * One request, one reply.
   *
   * @throws {MillraceError} as `Model.predict`.
   */
  ask(request: ChatRequest, call: ModelCall): Promise<ChatReply>;
}
