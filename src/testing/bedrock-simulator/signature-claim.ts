import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../simulator/reply.js';
import { refusal } from './wire-error.js';

/** What the `authorization` header of a signed request claims. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** Parts of the scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** `20150830/us-east-1/bedrock/aws4_request` */
  readonly scope: string;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `x-amz-date`: `20150830T123600Z` */
  readonly timestamp: string;
}

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/;

/** Headers that change what a request means: unsigned, somebody on the way could have changed them. */
const MUST_BE_SIGNED = /^(host|x-amz-.+)$/;

/** @throws {Refusal} 403 for a header that is no complete claim, or that leaves out headers which must be signed. */
export function readClaim(headers: IncomingHttpHeaders): SignatureClaim {
  const { authorization = '' } = headers;
  const [, accessKeyId, scope, names, signature] = AUTHORIZATION.exec(authorization) ?? [];
  const [date, region, service, terminator, ...more] = scope?.split('/') ?? [];
  if (accessKeyId === undefined || terminator === undefined || more.length > 0) {
    throw incomplete(
      `Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters. Authorization=${authorization.split(' ')[0]}`,
    );
  }
  const timestamp = headers['x-amz-date'];
  if (typeof timestamp !== 'string' || !/^\d{8}T\d{6}Z$/.test(timestamp))
    throw incomplete("Date must be in ISO-8601 'basic format'. Got it neither in 'X-Amz-Date' nor in 'Date'.");
  const signedHeaders = names!.split(';');
  const unsigned = Object.keys(headers).find(name => MUST_BE_SIGNED.test(name) && !signedHeaders.includes(name));
  if (unsigned !== undefined)
    throw refusal({
      status: 403,
      name: 'InvalidSignatureException',
      message: `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`,
    });
  return {
    accessKeyId,
    date: date!,
    region: region!,
    service: service!,
    terminator,
    scope: scope!,
    signedHeaders,
    signature: signature!,
    timestamp,
  };
}

function incomplete(message: string): Refusal {
  return refusal({ status: 403, name: 'IncompleteSignatureException', message });
}
