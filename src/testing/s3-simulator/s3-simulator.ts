import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { rangeOf, sendFile, type FileFault } from '../file-simulator/file-fault.js';
import { startFileServer, type FileServer } from '../file-simulator/file-server.js';
import { listObjects } from './list-objects.js';
import { s3Refusal, type S3Refusal } from './s3-refusal.js';
import { checkSignature, type S3Keys } from './s3-signature.js';

export interface S3Object {
  readonly body: Uint8Array;
  /** In quotes. */
  readonly etag: string;
  readonly versionId?: string | undefined;
  /** Base64, where the object was stored with one. */
  readonly checksumSha256?: string | undefined;
}

export interface S3SimulatorInit {
  /** What requests must be signed with; nobody need sign when absent. */
  readonly keys?: S3Keys;
  /** Of all buckets; `us-east-1` when absent. */
  readonly region?: string;
  /** Keys in a page of a listing; 1,000 when absent. */
  readonly pageSize?: number;
}

/** A running server that speaks as much of S3 as reading takes. */
export interface S3Simulator extends FileServer {
  put(
    bucket: string,
    key: string,
    body: Uint8Array | string,
    options?: { versionId?: string; withChecksum?: boolean | string; etag?: string },
  ): void;
  remove(bucket: string, key: string): void;
  /** Changes what requests must be signed with. */
  setKeys(keys: S3Keys): void;
}

/**
 * Starts a server with GetObject, HeadObject and ListObjectsV2 in path and virtual-host style, that checks signatures byte for byte.
 */
export async function startS3Simulator({ keys, region = 'us-east-1', pageSize = 1_000 }: S3SimulatorInit = {}): Promise<S3Simulator> {
  const buckets = new Map<string, Map<string, S3Object>>();
  let expectedKeys = keys;

  function answer(request: IncomingMessage): { status: number; headers: Record<string, string>; body: Uint8Array } | S3Refusal {
    const refused = expectedKeys && checkSignature(request, { keys: expectedKeys, region, nowMs: Date.now() });
    if (refused) return refused;
    const { bucket, key, query } = addressOf(request);
    const objects = buckets.get(bucket);
    if (!objects) return s3Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (key === '')
      return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(listObjects(objects, query, pageSize)) };
    const object = objects.get(key);
    const wanted = query.get('versionId');
    if (!object || (wanted !== null && object.versionId !== wanted))
      return s3Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
    const match = request.headers['if-match'];
    if (match !== undefined && match !== object.etag)
      return s3Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    const part = rangeOf(object.body, request.headers.range);
    if (part.status === 416) return s3Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
    const isSummed = request.headers['x-amz-checksum-mode'] === 'ENABLED' && object.checksumSha256 !== undefined;
    const headers = {
      etag: object.etag,
      'accept-ranges': 'bytes',
      ...(object.versionId !== undefined && { 'x-amz-version-id': object.versionId }),
      ...(isSummed && { 'x-amz-checksum-sha256': object.checksumSha256, 'x-amz-checksum-type': 'FULL_OBJECT' }),
      ...part.headers,
    };
    return { status: part.status, headers, body: part.body };
  }

  const server = await startFileServer(async (request, response, fault) => {
    const reply = answer(request);
    const body = 'xml' in reply ? Buffer.from(reply.xml) : reply.body;
    await sendFile(response, { status: reply.status, headers: reply.headers, body }, { isHead: request.method === 'HEAD', fault });
  });
  return {
    ...server,
    put(bucket, key, body, { versionId, withChecksum = false, etag } = {}) {
      const bytes = Buffer.from(body);
      const sum = withChecksum === true ? createHash('sha256').update(bytes).digest('base64') : withChecksum || undefined;
      const objects = buckets.get(bucket) ?? new Map<string, S3Object>();
      objects.set(key, { body: bytes, etag: etag ?? `"${createHash('md5').update(bytes).digest('hex')}"`, versionId, checksumSha256: sum });
      buckets.set(bucket, objects);
    },
    remove: (bucket, key) => void buckets.get(bucket)?.delete(key),
    setKeys: changed => void (expectedKeys = changed),
  };
}

/** 503 as S3 throttles. */
export const SLOW_DOWN: FileFault = {
  kind: 'status',
  status: 503,
  body: s3Refusal(503, 'SlowDown', 'Please reduce your request rate.').xml,
};

function addressOf({ url = '', headers }: IncomingMessage): { bucket: string; key: string; query: URLSearchParams } {
  const [path, search] = url.split('?') as [string, string?];
  const query = new URLSearchParams(search);
  const decoded = decodeURIComponent(path.slice(1));
  const host = String(headers.host).replace(/:\d+$/, '');
  if (/^[\d.]+$|^localhost$|^\[/.test(host)) {
    const slash = decoded.indexOf('/');
    return slash < 0 ? { bucket: decoded, key: '', query } : { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), query };
  }
  return { bucket: host.split('.')[0]!, key: decoded, query };
}
