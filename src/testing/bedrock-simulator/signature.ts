import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as Signature Version 4 sees it. */
export interface SignedParts {
  readonly method: string;
  /** Percent-encoded, as it is in the request line. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  readonly body: Uint8Array;
  /** `20150830T123600Z` */
  readonly timestamp: string;
  /** `20150830/us-east-1/bedrock/aws4_request` */
  readonly scope: string;
}

/**
 * The signature that a request must have, written from the description and not by the library that signs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @returns 64 hex digits.
 */
export function signatureOf(parts: SignedParts, secret: string): string {
  const { timestamp, scope } = parts;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest(parts))].join('\n');
  const signingKey = scope.split('/').reduce<Uint8Array | string>((key, part) => hmac(key, part), `AWS4${secret}`);
  return Buffer.from(hmac(signingKey, toSign)).toString('hex');
}

function canonicalRequest({ method, path, query, headers, signedHeaders, body }: SignedParts): string {
  // Every service but S3 signs the path encoded once more than it is sent.
  const canonicalPath = path.split('/').map(encode).join('/');
  const canonicalQuery = [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
  const canonicalHeaders = signedHeaders
    .map(
      name =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('');
  return [method, canonicalPath, canonicalQuery, canonicalHeaders, signedHeaders.join(';'), sha256(body)].join('\n');
}

/** All but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Uint8Array | string, data: string): Uint8Array {
  return createHmac('sha256', key).update(data).digest();
}
