import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { s3Refusal, type S3Refusal } from './s3-refusal.js';

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Whether the session token has expired. */
  readonly isExpired?: boolean | undefined;
}

const CLAIM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const SKEW_MS = 15 * 60_000;

/**
 * Checks the signature of a request as S3 does: its own canonical form, written from the description and not by the library that
 * signs. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * @returns why the request is refused; `undefined` for a good one.
 */
export function checkSignature(
  request: IncomingMessage,
  { keys, region, nowMs }: { readonly keys: S3Keys; readonly region: string; readonly nowMs: number },
): S3Refusal | undefined {
  const { headers } = request;
  const claim = CLAIM.exec(headers.authorization ?? '');
  if (!claim) return s3Refusal(403, 'AccessDenied', 'Access Denied');
  const [, accessKeyId, date, signedRegion, service, signedHeaders, signature] = claim as unknown as string[];
  if (accessKeyId !== keys.accessKeyId)
    return s3Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  if (headers['x-amz-security-token'] !== keys.sessionToken)
    return s3Refusal(403, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (keys.isExpired === true) return s3Refusal(400, 'ExpiredToken', 'The provided token has expired.');
  if (signedRegion !== region)
    return s3Refusal(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${signedRegion}' is wrong; expecting '${region}'`,
      { region },
    );
  const timestamp = String(headers['x-amz-date']);
  const signedAt = Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(signedAt - nowMs) <= SKEW_MS))
    return s3Refusal(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.');
  const names = signedHeaders!.split(';');
  const isCovered = names.includes('host') && Object.keys(headers).every(name => !name.startsWith('x-amz-') || names.includes(name));
  const scope = `${date}/${signedRegion}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest(request, names))].join('\n');
  const key = scope.split('/').reduce<Uint8Array | string>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const expected = Buffer.from(hmac(key, toSign)).toString('hex');
  if (isCovered && service === 's3' && signature === expected) return undefined;
  return s3Refusal(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}

function canonicalRequest({ method, url = '', headers }: IncomingMessage, names: readonly string[]): string {
  const [path, query = ''] = url.split('?') as [string, string?];
  const canonicalQuery = query
    .split('&')
    .filter(part => part !== '')
    .map(part => (part.includes('=') ? part : `${part}=`))
    .toSorted()
    .join('&');
  const canonicalHeaders = names
    .map(
      name =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('');
  // The path as it was sent: S3 alone does not encode it once more.
  return [method, path, canonicalQuery, canonicalHeaders, names.join(';'), String(headers['x-amz-content-sha256'])].join('\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Uint8Array | string, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest();
}
