import { MillraceError } from '../../common/error.js';
import type { HdfsAccess } from '../../spec/model-file-access.js';

/** Where HDFS is asked by REST. */
export interface WebHdfsPlace {
  /** Base URLs up to and with `/webhdfs/v1`, at least one. */
  readonly bases: readonly string[];
  /** Absolute, decoded. */
  readonly path: string;
  /** Whether the addresses are a guess from the host of the remote procedure calls. */
  readonly isGuess: boolean;
}

/** Of the name node's web server since Hadoop 3. */
const WEB_PORT = 9_870;
const SCHEMES: Readonly<Record<string, string>> = { webhdfs: 'http', swebhdfs: 'https' };

/**
 * `webhdfs://host:9870/path` and `swebhdfs://` name the REST interface; `hdfs://host:8020/path` names the port of the remote
 * procedure calls, which nobody but Hadoop's own client speaks, so the option, or the usual port of the same host, stands for it.
 *
 * @throws {MillraceError} `INVALID_OPTION`, or `MISSING_OPTION` where no host is known.
 */
export function parseHdfsAddress(address: string, { endpoints = [] }: HdfsAccess): WebHdfsPlace {
  // Not as a URL: names may hold `?` and `#`, and parts of dots would be taken away.
  const match = /^([a-z]+):\/\/([^/]*)(\/.*)$/is.exec(address);
  if (match === null) throw invalid(address, 'it has no path');
  const [, scheme, authority, path] = match as unknown as [string, string, string, string];
  if (path.split('/').some(part => part === '.' || part === '..')) throw invalid(address, 'its path has a part that is "." or ".."');
  const clean = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (endpoints.length > 0) return { bases: endpoints.map(endpoint => baseOf(endpoint)), path: clean, isGuess: false };
  if (authority === '')
    throw new MillraceError({
      code: 'MISSING_OPTION',
      message: `"${address}" names no host`,
      notes: [{ message: "'model.hdfs.endpoint' = 'http://namenode:9870' says where WebHDFS is" }],
    });
  const web = SCHEMES[scheme.toLowerCase()];
  if (web !== undefined) return { bases: [baseOf(`${web}://${authority}`)], path: clean, isGuess: false };
  const host = authority.replace(/:\d+$/, '');
  return { bases: [baseOf(`http://${host}:${WEB_PORT}`)], path: clean, isGuess: true };
}

function baseOf(endpoint: string): string {
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) throw invalid(endpoint, 'it is no URL of WebHDFS');
  const { origin, pathname } = new URL(endpoint);
  const path = pathname.replace(/\/+$/, '');
  return origin + (path.endsWith('/webhdfs/v1') ? path : `${path}/webhdfs/v1`);
}

function invalid(address: string, why: string): MillraceError {
  return new MillraceError({ code: 'INVALID_OPTION', message: `"${address}" is no address of a file in HDFS: ${why}` });
}
