import type { Clock } from '../../common/clock.js';
import { MillraceError, type Note } from '../../common/error.js';
import type { Lookup } from '../../kit/private-address.js';
import { excerpt } from '../../kit/excerpt.js';
import { signAwsRequest } from '../../kit/sign-aws-request.js';
import type { ModelFileAccess, S3Access } from '../../spec/model-file-access.js';
import type { AwsKeys, AwsKeySource, HttpResponse, HttpTransport } from '../../spec/provider.js';
import { drop, MAX_WORDS } from './http-answer.js';
import { statusError } from './location-error.js';
import { checkRedirect } from './redirects.js';
import { s3Url } from './s3-address.js';
import { childText, readS3Xml } from './s3-xml.js';

export interface S3ClientInit {
  readonly address: string;
  readonly bucket: string;
  readonly access: ModelFileAccess;
  readonly http: HttpTransport;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly awsKeys: AwsKeySource | undefined;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD';
  /** Empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answerAs: 'body' | 'stream';
  /** Most bytes of an answer that is taken as a whole. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

/** Of an error as S3 writes it. */
interface S3Words {
  readonly code: string;
  readonly message: string;
  readonly region: string | undefined;
}

const DEFAULT_REGION = 'us-east-1';

/**
 * Signed requests for a bucket. A bucket of another region than was said is asked there: S3 names the region in its refusal, and it
 * is remembered. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export class S3Client {
  readonly #init: S3ClientInit;
  #region: string;

  constructor(init: S3ClientInit) {
    this.#init = init;
    this.#region = init.access.s3.region ?? DEFAULT_REGION;
  }

  /** One exchange, whatever its status; where S3 says that the region was wrong, a second one. */
  async send(request: S3Request): Promise<HttpResponse> {
    const response = await this.#exchange(request, s3Url(this.#target(), request.key, request.query));
    const region = await this.#regionOf(response, request);
    if (region !== undefined && region !== this.#region) {
      this.#region = region;
      return await this.#exchange(request, s3Url(this.#target(), request.key, request.query));
    }
    const { location } = response.headers;
    if (response.status !== 307 || location === undefined) return response;
    // A new bucket whose name is not known everywhere yet.
    const { lookup, access } = this.#init;
    const from = s3Url(this.#target(), request.key, request.query);
    return await this.#exchange(
      request,
      await checkRedirect({ first: from, from, location }, { lookup, allowPrivate: access.allowPrivateRedirects }),
    );
  }

  /** What a refusal means. S3 explains one of HEAD to nobody, so its GET is asked for the words. */
  async failure(response: HttpResponse, request: S3Request): Promise<MillraceError> {
    let words = wordsOf(response.body);
    if (words === undefined && request.method === 'HEAD') {
      const asked = await this.send({ ...request, method: 'GET', headers: { range: 'bytes=0-0' }, answerAs: 'stream' });
      await drop(asked);
      words = wordsOf(asked.body);
    }
    const { address } = this.#init;
    const { status, headers } = response;
    // S3 tells of throttling with 503, and some services of the same name with 429.
    const isThrottled = words?.code === 'SlowDown' || words?.code === 'RequestLimitExceeded' || words?.code === 'TooManyRequests';
    const said = words === undefined ? '' : excerpt(this.#masked(`${words.code}: ${words.message}`));
    return statusError({ address, status: isThrottled ? 429 : status, headers, words: said, notes: this.#notes(words?.code, status) });
  }

  #notes(code: string | undefined, status: number): readonly Note[] {
    if (code === 'ExpiredToken') return [{ message: 'the session token has expired: give a new one' }];
    if (code === 'RequestTimeTooSkewed') return [{ message: "set this machine's clock" }];
    if (status !== 401 && status !== 403) return [];
    const { isAnonymous, accessKeyId } = this.#init.access.s3;
    if (isAnonymous === true) return [{ message: "'model.s3.anonymous' = 'true' sends no signature: the bucket must allow that" }];
    return accessKeyId === undefined
      ? [{ message: "give 'model.s3.access-key' and 'model.s3.secret-key', or keys in the environment" }]
      : [{ message: 'the key must be allowed s3:GetObject, and s3:ListBucket for a folder' }];
  }

  #target() {
    const { bucket, access } = this.#init;
    return { bucket, region: this.#region, access: access.s3 };
  }

  async #exchange({ method, headers, answerAs, maxBytes = MAX_WORDS, signal }: S3Request, url: string): Promise<HttpResponse> {
    const { http } = this.#init;
    const plain = { 'user-agent': 'millrace', 'accept-encoding': 'identity', ...headers };
    return await http.request({
      method,
      url,
      headers: { ...plain, ...(await this.#signature(method, url, plain)) },
      answerAs,
      maxBytes,
      signal,
    });
  }

  async #signature(
    method: 'GET' | 'HEAD',
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const { access, clock } = this.#init;
    if (access.s3.isAnonymous === true) return {};
    const keys = await this.#keys();
    // `accept-encoding` and `user-agent` are for proxies to change.
    const signed = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-') || name === 'range'));
    return await signAwsRequest(
      { method, url, headers: signed, body: '' },
      { keys, region: this.#region, service: 's3', nowMs: clock.now() },
    );
  }

  async #keys(): Promise<AwsKeys> {
    const { access, awsKeys, address } = this.#init;
    const given = givenKeys(access.s3, address);
    if (given !== undefined) return given;
    if (awsKeys !== undefined) return await awsKeys({ region: this.#region });
    throw new MillraceError({
      code: 'MISSING_OPTION',
      message: `there are no keys to read "${address}" with`,
      notes: [{ message: "give 'model.s3.access-key' and 'model.s3.secret-key', or 'model.s3.anonymous' = 'true' for a public bucket" }],
    });
  }

  async #regionOf({ status, headers, body }: HttpResponse, request: S3Request): Promise<string | undefined> {
    if (status !== 301 && status !== 400 && status !== 403) return undefined;
    const named = headers['x-amz-bucket-region'] ?? wordsOf(body)?.region;
    if (status === 301 || named !== undefined) return safeRegion(named);
    // A HEAD that was signed for the wrong region gets 400 and not a word.
    if (status !== 400 || request.method !== 'HEAD') return undefined;
    const asked = await this.#exchange(
      { ...request, method: 'GET', answerAs: 'stream' },
      s3Url(this.#target(), request.key, request.query),
    );
    await drop(asked);
    return safeRegion(asked.headers['x-amz-bucket-region'] ?? wordsOf(asked.body)?.region);
  }

  /** Some services quote what they were sent. */
  #masked(text: string): string {
    const { secretAccessKey, sessionToken } = this.#init.access.s3;
    let masked = text;
    for (const secret of [secretAccessKey, sessionToken]) if (secret !== undefined) masked = masked.replaceAll(secret.reveal(), '******');
    return masked;
  }
}

function givenKeys({ accessKeyId, secretAccessKey, sessionToken }: S3Access, address: string): AwsKeys | undefined {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey, sessionToken };
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  const missing = accessKeyId === undefined ? 'model.s3.access-key' : 'model.s3.secret-key';
  throw new MillraceError({
    code: 'MISSING_OPTION',
    message: `option "${missing}" is missing to read "${address}": the two keys go together`,
  });
}

/** Becomes part of a host name. */
function safeRegion(region: string | undefined): string | undefined {
  return region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}

function wordsOf(body: string): S3Words | undefined {
  if (!body.includes('<Error>')) return undefined;
  try {
    const error = readS3Xml(body);
    return { code: childText(error, 'Code') ?? '', message: childText(error, 'Message') ?? '', region: childText(error, 'Region') };
  } catch {
    return undefined;
  }
}
