import { escapeXml } from './s3-refusal.js';
import type { S3Object } from './s3-simulator.js';

/** ListObjectsV2 with `prefix`, `continuation-token` and `encoding-type`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjects(objects: ReadonlyMap<string, S3Object>, query: URLSearchParams, pageSize: number): string {
  const prefix = query.get('prefix') ?? '';
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
  const isUrl = query.get('encoding-type') === 'url';
  const matching = [...objects.keys()].filter(key => key.startsWith(prefix) && key > after).toSorted((a, b) => (a < b ? -1 : 1));
  const page = matching.slice(0, pageSize);
  const isTruncated = page.length < matching.length;
  const written = (key: string): string => (isUrl ? encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/') : escapeXml(key));
  const contents = page.map(key => {
    const { body, etag } = objects.get(key)!;
    return `<Contents><Key>${written(key)}</Key><LastModified>2026-11-21T08:00:00.000Z</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const next = isTruncated ? `<NextContinuationToken>${Buffer.from(page.at(-1)!).toString('base64')}</NextContinuationToken>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Prefix>${written(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${pageSize}</MaxKeys>${isUrl ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
}
