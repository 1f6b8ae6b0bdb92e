import type { HttpResponse } from '../../spec/provider.js';
import type { FileBody } from './location.js';

/** Most bytes of an answer that is an explanation, a checksum or a small listing. */
export const MAX_WORDS = 65_536;

/** Bytes of the whole file: from `content-range` of a part, else `content-length`. */
export function totalOf({ status, headers }: HttpResponse): number | undefined {
  const total = status === 206 ? /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length'];
  return total === undefined || !/^\d{1,15}$/.test(total) ? undefined : Number(total);
}

/** The body of a 200 or 206 answer to a request for the bytes behind `from`. */
export function bodyOf(
  { status, headers, stream }: HttpResponse,
  { from, tag }: { readonly from: number; readonly tag: string | undefined },
): FileBody {
  const start = status === 206 ? /^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '')?.[1] : undefined;
  const length = headers['content-length'];
  return {
    from: start === undefined ? (status === 206 ? from : 0) : Number(start),
    length: length === undefined || !/^\d{1,15}$/.test(length) ? undefined : Number(length),
    tag,
    pieces: stream ?? nothing(),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Gives the connection back without reading the body to its end. */
export async function drop({ stream }: HttpResponse): Promise<void> {
  if (stream === undefined) return;
  // A stream that nobody has begun to read does not know how to end.
  for await (const piece of stream) if (piece.length > 0) break;
}
