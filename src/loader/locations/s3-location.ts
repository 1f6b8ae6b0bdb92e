import type { Clock } from '../../common/clock.js';
import type { Lookup } from '../../kit/private-address.js';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import type { AwsKeySource, HttpResponse, HttpTransport } from '../../spec/provider.js';
import { bodyOf, drop, totalOf } from './http-answer.js';
import { versionOf } from './local-location.js';
import { changedWhileRead, notFound } from './location-error.js';
import type { FileBody, LocatedFile, ModelLocation, Observation } from './location.js';
import { Listing } from './relative-path.js';
import { parseS3Address } from './s3-address.js';
import { S3Client, type S3Request } from './s3-client.js';
import { childText, readS3Xml } from './s3-xml.js';

export interface S3LocationInit {
  /** `s3://bucket/key`; a key that ends in a slash is a folder. */
  readonly address: string;
  readonly access: ModelFileAccess;
  readonly http: HttpTransport;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly awsKeys: AwsKeySource | undefined;
}

/** Of 1,000 keys of the longest kind, with what stands round them. */
const MAX_LISTING = 4 * 1_048_576;

/**
 * An object of S3, or all objects below a key. The version of an object is its version id, else its entity tag, which changes with
 * the content although it is its hash only sometimes.
 */
export function s3Location({ address, ...init }: S3LocationInit): ModelLocation {
  const { bucket, key } = parseS3Address(address);
  const client = new S3Client({ ...init, address, bucket });
  const prefix = key.endsWith('/') ? key : `${key}/`;

  async function observe(signal: AbortSignal): Promise<Observation> {
    if (!key.endsWith('/')) {
      const file = await head(key, signal);
      if (file !== undefined) return { kind: 'file', files: [file], version: file.tag, isComplete: true };
    }
    const listing = await list(signal);
    const files = listing.files();
    if (files.length === 0) throw notFound(address);
    return { kind: 'folder', files, version: versionOf(files), isComplete: listing.isComplete };
  }

  async function head(objectKey: string, signal: AbortSignal): Promise<LocatedFile | undefined> {
    // The checksum is told only to those who ask.
    const request: S3Request = {
      method: 'HEAD',
      key: objectKey,
      headers: { 'x-amz-checksum-mode': 'ENABLED' },
      answerAs: 'stream',
      signal,
    };
    const response = await client.send(request);
    await drop(response);
    if (response.status === 404) return undefined;
    if (response.status < 200 || response.status > 299) throw await client.failure(response, request);
    return { path: '', size: totalOf(response), tag: tagOf(response), sha256: checksumOf(response) };
  }

  async function list(signal: AbortSignal): Promise<Listing> {
    const listing = new Listing(address, init.access.maxBytes);
    let token: string | undefined;
    const seen = new Set<string>();
    do {
      const query = { 'list-type': '2', prefix, 'encoding-type': 'url', ...(token !== undefined && { 'continuation-token': token }) };
      const request: S3Request = { method: 'GET', key: '', query, answerAs: 'body', maxBytes: MAX_LISTING, signal };
      const response = await client.send(request);
      if (response.status < 200 || response.status > 299) throw await client.failure(response, request);
      const page = readS3Xml(response.body);
      for (const entry of page.children) if (entry.name === 'Contents') addEntry(entry, listing);
      token = childText(page, 'IsTruncated') === 'true' ? childText(page, 'NextContinuationToken') : undefined;
      // A service that gives the same page for ever.
      if (token !== undefined && seen.has(token)) token = undefined;
      if (token !== undefined) seen.add(token);
    } while (token !== undefined && seen.size <= MAX_PAGES);
    return listing;
  }

  function addEntry(entry: ReturnType<typeof readS3Xml>, listing: Listing): void {
    const listed = decodeKey(childText(entry, 'Key') ?? '');
    if (!listed.startsWith(prefix)) return;
    const path = listed.slice(prefix.length);
    // What consoles write to show an empty folder.
    if (path === '' || path.endsWith('/')) return;
    const size = childText(entry, 'Size');
    listing.add({ path, size: size === undefined || !/^\d{1,15}$/.test(size) ? undefined : Number(size), tag: childText(entry, 'ETag') });
  }

  async function read(file: LocatedFile, { from, signal }: { readonly from: number; readonly signal: AbortSignal }): Promise<FileBody> {
    const objectKey = file.path === '' ? key : prefix + file.path;
    const isTag = file.tag?.startsWith('"') === true;
    const request: S3Request = {
      method: 'GET',
      key: objectKey,
      query: file.tag === undefined || isTag ? {} : { versionId: file.tag },
      headers: { ...(from > 0 && { range: `bytes=${from}-` }), ...(isTag && { 'if-match': file.tag }) },
      answerAs: 'stream',
      signal,
    };
    const response = await client.send(request);
    if (response.status === 412 || response.status === 416) throw changedWhileRead(address);
    if (response.status < 200 || response.status > 299) throw await client.failure(response, request);
    const tag = tagOf(response);
    if (isTag && response.headers['etag'] !== undefined && response.headers['etag'] !== file.tag) {
      await drop(response);
      throw changedWhileRead(address);
    }
    return bodyOf(response, { from, tag });
  }

  async function readBeside(suffix: string, signal: AbortSignal): Promise<string | undefined> {
    const response = await client.send({ method: 'GET', key: key.replace(/\/$/, '') + suffix, answerAs: 'body', signal });
    return response.status === 200 ? response.body : undefined;
  }

  const { endpoint = '' } = init.access.s3;
  return { address, identity: JSON.stringify([endpoint, bucket, key]), localPath: undefined, observe, read, readBeside };
}

/** More than `MAX_FILES` files fill, with what is not a file among them. */
const MAX_PAGES = 200;

function tagOf({ headers }: HttpResponse): string | undefined {
  const version = headers['x-amz-version-id'];
  return version === undefined || version === 'null' ? headers['etag'] : version;
}

/** A checksum of parts has `-` and their number behind it, and is not that of the content. */
function checksumOf({ headers }: HttpResponse): string | undefined {
  const sum = headers['x-amz-checksum-sha256'];
  if (sum === undefined || !/^[A-Za-z0-9+/]{43}=$/.test(sum) || headers['x-amz-checksum-type'] === 'COMPOSITE') return undefined;
  return Buffer.from(sum, 'base64').toString('hex');
}

/** As `encoding-type=url` writes keys: like a form. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
