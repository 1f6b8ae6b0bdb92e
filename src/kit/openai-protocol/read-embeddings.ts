import { MillraceError } from '../../common/error.js';

export interface ExpectedEmbeddings {
  /** How messages call the service: the provider's name. */
  readonly service: string;
  /** Inputs of the request. */
  readonly count: number;
}

/**
 * The `data` of an answer as `EmbeddingReply.vectors`: in the order of the inputs whatever the order of the answer; none
 * where it is no list.
 *
 * @throws {MillraceError} `BAD_ANSWER` with `retry: 'backoff'` where an index comes twice or is out of range.
 */
export function readEmbeddings(json: unknown, { service, count }: ExpectedEmbeddings): readonly unknown[] {
  const { data } = (json ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  if (data.length !== count) return data;
  const vectors: unknown[] = Array.from({ length: count });
  for (const [at, item] of (data as readonly ({ index?: unknown; embedding?: unknown } | null)[]).entries()) {
    const index = Number(item?.index ?? at);
    if (!(index in vectors) || vectors[index] !== undefined) {
      throw new MillraceError({
        code: 'BAD_ANSWER',
        message: `${service} answered with the index ${index} twice or out of range`,
        retry: 'backoff',
      });
    }
    vectors[index] = item?.embedding;
  }
  return vectors;
}
