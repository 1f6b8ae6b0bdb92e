import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { systemLookup, type Lookup } from '../../kit/private-address.js';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import type { AwsKeySource, HttpTransport } from '../../spec/provider.js';
import { httpLocation } from './http-location.js';
import { localLocation } from './local-location.js';
import type { ModelLocation } from './location.js';
import { s3Location } from './s3-location.js';
import { webHdfsLocation } from './webhdfs-location.js';

export interface LocationContext {
  readonly http: HttpTransport;
  readonly clock: Clock;
  readonly awsKeys?: AwsKeySource | undefined;
  /** The operating system's when absent. */
  readonly lookup?: Lookup | undefined;
}

type Opener = (address: string, access: ModelFileAccess, context: LocationContext) => ModelLocation;

const openHttp: Opener = (url, access, { http, lookup = systemLookup }) => httpLocation({ url, access, http, lookup });
const openS3: Opener = (address, access, { http, clock, awsKeys, lookup = systemLookup }) =>
  s3Location({ address, access, http, lookup, clock, awsKeys });
const openHdfs: Opener = (address, access, { http, lookup = systemLookup }) => webHdfsLocation({ address, access, http, lookup });

/** By the scheme of an address in lower case. */
const OPENERS: Readonly<Record<string, Opener>> = {
  file: (address, { maxBytes }) => localLocation({ path: pathOf(address), maxBytes }),
  http: openHttp,
  https: openHttp,
  s3: openS3,
  s3a: openS3,
  s3n: openS3,
  hdfs: openHdfs,
  webhdfs: openHdfs,
  swebhdfs: openHdfs,
};

/**
 * The place that an address names: a path, or a URL. Nothing is asked yet.
 *
 * @throws {MillraceError} `INVALID_OPTION` for an address that is not understood.
 */
export function openLocation(address: string, access: ModelFileAccess, context: LocationContext): ModelLocation {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return localLocation({ path: resolve(address), maxBytes: access.maxBytes });
  if (Object.hasOwn(OPENERS, scheme)) return OPENERS[scheme]!(address, access, context);
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `models are not read from ${scheme}://`,
    notes: [{ message: 'give a path, or an address that begins with file, http, https, s3, s3a, hdfs, webhdfs or swebhdfs' }],
  });
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new MillraceError({ code: 'INVALID_OPTION', message: `not a URL of a local file: "${url}"`, cause });
  }
}
