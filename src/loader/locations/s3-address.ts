import { MillraceError } from '../../common/error.js';
import type { S3Access } from '../../spec/model-file-access.js';

/** Where a bucket is asked. */
export interface S3Bucket {
  readonly bucket: string;
  /** Of the object or folder; without a slash in front. */
  readonly key: string;
}

/** `s3://bucket/key`, `s3a://bucket/key`. @throws {MillraceError} `INVALID_OPTION` */
export function parseS3Address(address: string): S3Bucket {
  // Not as a URL: keys may hold `?`, `#` and `%`, and parts of dots would be taken away.
  const match = /^s3[an]?:\/\/([^/]+)\/?(.*)$/is.exec(address);
  const bucket = match?.[1] ?? '';
  if (match === null || !/^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i.test(bucket))
    throw invalid(address, 's3:// and the name of a bucket, of 3 characters or more, stand in front');
  const key = match[2]!;
  if (key.replace(/\/$/, '') === '') throw invalid(address, 'it names no object in the bucket');
  if (Buffer.byteLength(key) > 1_024) throw invalid(address, 'its key is longer than 1024 bytes');
  if (key.split('/').some(part => part === '.' || part === '..')) throw invalid(address, 'its key has a part that is "." or ".."');
  return { bucket, key };
}

export interface S3Target {
  readonly bucket: string;
  readonly region: string;
  readonly access: S3Access;
}

/** The URL of an object, or of the bucket where `key` is empty. */
export function s3Url({ bucket, region, access }: S3Target, key: string, query: Readonly<Record<string, string>> = {}): string {
  const base = new URL(access.endpoint ?? awsEndpoint(region));
  // A certificate for *.s3.amazonaws.com does not hold for names with dots.
  const isPathStyle = access.pathStyle ?? (access.endpoint !== undefined || !/^[a-z0-9][a-z0-9-]*$/.test(bucket));
  const host = isPathStyle ? base.host : `${bucket}.${base.host}`;
  const prefix = base.pathname.replace(/\/$/, '');
  const path = key.split('/').map(encode).join('/');
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  return `${base.protocol}//${host}${prefix}${isPathStyle ? `/${bucket}` : ''}/${path}${search === '' ? '' : `?${search}`}`;
}

/** https://docs.aws.amazon.com/general/latest/gr/s3.html */
function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** All but the unreserved characters of RFC 3986, as S3 wants keys. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function invalid(address: string, why: string): MillraceError {
  return new MillraceError({ code: 'INVALID_OPTION', message: `"${address}" is no address of an object in S3: ${why}` });
}
