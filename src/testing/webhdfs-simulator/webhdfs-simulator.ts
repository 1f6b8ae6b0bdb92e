import type { IncomingMessage } from 'node:http';
import { sendFile } from '../file-simulator/file-fault.js';
import { startFileServer, type FileServer } from '../file-simulator/file-server.js';

export interface WebHdfsSimulatorInit {
  /** What `delegation` must be; nobody need prove who they are when absent. */
  readonly delegationToken?: string;
  /** What `user.name` must be; anybody may read when absent. */
  readonly user?: string;
  /** Whether the name node only stands by. */
  readonly isStandby?: boolean;
}

/** A running name node and a data node, as far as reading takes. */
export interface WebHdfsSimulator {
  readonly nameNode: FileServer;
  readonly dataNode: FileServer;
  /** @param path absolute; folders come with it. */
  put(path: string, body: Uint8Array | string, options?: { modificationTime?: number; checksum?: string; type?: 'FILE' | 'SYMLINK' }): void;
  close(): Promise<void>;
}

interface StoredFile {
  readonly body: Uint8Array;
  readonly modificationTime: number;
  /** Of `GETFILECHECKSUM`; HDFS has none of a file without blocks. */
  readonly checksum: string | undefined;
  readonly type: 'FILE' | 'SYMLINK';
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Starts a name node that answers `GETFILESTATUS` and `LISTSTATUS`, and sends `OPEN` and `GETFILECHECKSUM` to a data node with 307.
 * https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html
 */
export async function startWebHdfsSimulator({
  delegationToken,
  user,
  isStandby = false,
}: WebHdfsSimulatorInit = {}): Promise<WebHdfsSimulator> {
  const files = new Map<string, StoredFile>();
  const statusOf = (path: string, suffix: string): Json | undefined => {
    const file = files.get(path);
    const common = {
      accessTime: 0,
      group: 'supergroup',
      owner: 'hdfs',
      pathSuffix: suffix,
      permission: '644',
      replication: 3,
      blockSize: 134_217_728,
    };
    if (file) return { ...common, type: file.type, length: file.body.length, modificationTime: file.modificationTime };
    const isFolder = path === '/' || [...files.keys()].some(name => name.startsWith(`${path}/`));
    return isFolder ? { ...common, type: 'DIRECTORY', length: 0, modificationTime: 1 } : undefined;
  };
  const missing = (path: string): readonly [number, Json] => exception(404, 'FileNotFoundException', `File does not exist: ${path}`);

  function childrenOf(path: string): readonly Json[] {
    const start = path === '/' ? '/' : `${path}/`;
    const names = new Set([...files.keys()].filter(name => name.startsWith(start)).map(name => name.slice(start.length).split('/')[0]!));
    return [...names].toSorted().map(name => statusOf(start + name, name)!);
  }

  function ask(request: IncomingMessage): { path: string; query: URLSearchParams } {
    const url = new URL(request.url!, 'http://host');
    return { path: decodeURIComponent(url.pathname.replace(/^\/webhdfs\/v1/, '')), query: url.searchParams };
  }

  const dataNode = await startFileServer(async (request, response, fault) => {
    const { path, query } = ask(request);
    const file = files.get(path);
    const isHead = request.method === 'HEAD';
    if (!file) {
      const [status, body] = missing(path);
      return await sendFile(response, { status, headers: {}, body: Buffer.from(JSON.stringify(body)) }, { isHead, fault });
    }
    if (query.get('op') === 'GETFILECHECKSUM') {
      const sum = { FileChecksum: { algorithm: 'MD5-of-1MD5-of-512CRC32C', bytes: file.checksum, length: 28 } };
      return await sendFile(
        response,
        { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(sum)) },
        { isHead, fault },
      );
    }
    const body = file.body.subarray(Number(query.get('offset') ?? 0));
    await sendFile(response, { status: 200, headers: { 'content-type': 'application/octet-stream' }, body }, { isHead, fault });
  });

  function answer(path: string, query: URLSearchParams): readonly [number, Json, string?] {
    if (isStandby) return exception(403, 'StandbyException', 'Operation category READ is not supported in state standby');
    if (delegationToken !== undefined && query.get('delegation') !== delegationToken)
      return exception(403, 'SecretManager$InvalidToken', `token can't be found in cache: ${query.get('delegation')}`);
    if (user !== undefined && query.get('user.name') !== user)
      return exception(403, 'AccessControlException', `Permission denied: user=${query.get('user.name')}`);
    const status = statusOf(path, '');
    if (!status) return missing(path);
    const op = query.get('op');
    if (op === 'GETFILESTATUS') return [200, { FileStatus: status }];
    if (op === 'LISTSTATUS') return [200, { FileStatuses: { FileStatus: status['type'] === 'DIRECTORY' ? childrenOf(path) : [status] } }];
    if (op !== 'OPEN' && op !== 'GETFILECHECKSUM') return exception(400, 'UnsupportedOperationException', `${op} is not supported`);
    if (op === 'GETFILECHECKSUM' && files.get(path)?.checksum === undefined) return exception(403, 'IOException', 'Fail to get checksum');
    if (Number(query.get('offset') ?? 0) > Number(status['length'])) return exception(403, 'IOException', 'Offset is out of range');
    // The data node has the blocks.
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    return [307, {}, `${dataNode.url}/webhdfs/v1${encoded}?${query.toString()}&namenoderpcaddress=host:8020`];
  }

  const nameNode = await startFileServer(async (request, response, fault) => {
    const { path, query } = ask(request);
    const [status, body, location] = answer(path, query);
    const headers = { 'content-type': 'application/json', ...(location !== undefined && { location }) };
    await sendFile(response, { status, headers, body: Buffer.from(status === 307 ? '' : JSON.stringify(body)) }, { isHead: false, fault });
  });

  let clock = 1_700_000_000_000;
  return {
    nameNode,
    dataNode,
    put(path, body, { modificationTime = clock++, checksum = '0000020000000000000000019f1d', type = 'FILE' } = {}) {
      files.set(path, { body: Buffer.from(body), modificationTime, checksum: checksum === '' ? undefined : checksum, type });
    },
    async close() {
      await nameNode.close();
      await dataNode.close();
    },
  };
}

function exception(status: number, name: string, message: string): readonly [number, Json] {
  return [status, { RemoteException: { exception: name, javaClassName: `org.apache.hadoop.${name}`, message } }];
}
