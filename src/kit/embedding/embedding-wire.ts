import type { ModelCall, RateLimitReport, Usage } from '../../spec/provider.js';

export interface EmbeddingReply {
  /** One for each text, in the order of the texts, as the service wrote them: `createEmbeddingModel` checks them. */
  readonly vectors: readonly unknown[];
  readonly usage?: Usage | undefined;
  readonly rateLimit?: RateLimitReport | undefined;
  readonly requestId?: string | undefined;
}

/** The wire format of one service: what its provider adds to `createEmbeddingModel`. */
export interface EmbeddingWire {
  /** How messages call the service: the provider's name. */
  readonly service: string;
  /** Most texts of one request. */
  readonly maxInputs: number;
  /** Most tokens of all texts of one request; absent where the service does not limit them. */
  readonly maxTokens?: number | undefined;
  /**
   * One request; at least one text.
   *
   * @throws {MillraceError} as `Model.predict`.
   */
  embed(texts: readonly string[], call: ModelCall): Promise<EmbeddingReply>;
}
