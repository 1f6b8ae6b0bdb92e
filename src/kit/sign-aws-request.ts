import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsKeys } from '../spec/provider.js';
import type { UnsignedRequest } from './post-json.js';

export interface SignatureInit {
  readonly keys: AwsKeys;
  readonly region: string;
  /** The name that the service has in signatures: `bedrock`, `s3`. S3 alone signs paths as they are sent. */
  readonly service: string;
  /** Wall clock in milliseconds; AWS accepts about five minutes of difference. */
  readonly nowMs: number;
}

export type SignableRequest = Omit<UnsignedRequest, 'method'> & { readonly method: 'GET' | 'HEAD' | 'POST' };

/**
 * The headers by which AWS knows who sent a request and that nobody changed it: Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * @returns `authorization`, `x-amz-date`, with temporary keys `x-amz-security-token`, and for S3 `x-amz-content-sha256`.
 */
export async function signAwsRequest(
  { method, url, headers, body }: SignableRequest,
  { keys, region, service, nowMs }: SignatureInit,
): Promise<Record<string, string>> {
  const { protocol, host, hostname, pathname, searchParams } = new URL(url);
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    // The hash of the body is signed; only S3 wants it as a header too.
    applyChecksum: service === 's3',
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey.reveal(),
      ...(keys.sessionToken && { sessionToken: keys.sessionToken.reveal() }),
    },
  });
  const signed = await signer.sign(
    { method, protocol, hostname, path: pathname, query: Object.fromEntries(searchParams), headers: { ...headers, host }, body },
    { signingDate: new Date(nowMs) },
  );
  return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== 'host' && !(name in headers)));
}

/** SHA-256 as the signer wants it, by the native hash: a fifth of the time of one in JavaScript for long prompts. */
class Sha256 {
  #hash: Hash | Hmac;
  readonly #secret: Uint8Array | string | undefined;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : bytesOf(secret);
    this.#hash = this.#start();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
