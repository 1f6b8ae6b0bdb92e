import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { excerpt } from '../../kit/excerpt.js';
import type { Lookup } from '../../kit/private-address.js';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import type { HttpResponse, HttpTransport } from '../../spec/provider.js';
import { statusError } from './location-error.js';
import { followRedirects } from './redirects.js';
import type { WebHdfsPlace } from './webhdfs-address.js';

export interface WebHdfsClientInit {
  readonly address: string;
  readonly place: WebHdfsPlace;
  readonly access: ModelFileAccess;
  readonly http: HttpTransport;
  readonly lookup: Lookup;
}

export interface WebHdfsRequest {
  readonly op: 'GETFILESTATUS' | 'LISTSTATUS' | 'OPEN' | 'GETFILECHECKSUM';
  /** Absolute. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly answerAs: 'body' | 'stream';
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html#RemoteException_JSON_Schema */
const remoteException = z.object({ RemoteException: z.object({ exception: z.string(), message: z.string().optional() }) });

/** Requests to WebHDFS or HttpFS. Of several name nodes the one that answered last is asked first. */
export class WebHdfsClient {
  readonly #init: WebHdfsClientInit;
  #active = 0;

  constructor(init: WebHdfsClientInit) {
    this.#init = init;
  }

  /** One exchange, whatever its status; a name node that stands by or is gone passes it on to the next. */
  async send(request: WebHdfsRequest): Promise<HttpResponse> {
    const { bases } = this.#init.place;
    for (let tried = 1; ; tried++) {
      const isLast = tried >= bases.length;
      try {
        const response = await this.#exchange(request, bases[this.#active]!);
        if (isLast || exceptionOf(response)?.exception !== 'StandbyException') return response;
      } catch (thrown) {
        if (isLast || !MillraceError.is(thrown) || thrown.code !== 'UNREACHABLE') throw this.#explained(thrown);
      }
      this.#active = (this.#active + 1) % bases.length;
    }
  }

  failure(response: HttpResponse): MillraceError {
    const { access, address } = this.#init;
    const { status, headers } = response;
    const told = exceptionOf(response);
    const words = told === undefined ? '' : excerpt(`${told.exception}: ${told.message ?? ''}`);
    const isStandby = told?.exception === 'StandbyException' || told?.exception === 'RetriableException';
    const notes =
      status === 401 || status === 403
        ? [
            {
              message:
                access.hdfs.delegationToken === undefined
                  ? "'model.hdfs.user' says who asks, 'model.hdfs.delegation-token' proves it"
                  : 'the delegation token may have expired: give a new one',
            },
          ]
        : [];
    return statusError({ address, status: isStandby ? 503 : status, headers, words, notes });
  }

  async #exchange({ op, path, query, answerAs, maxBytes, signal }: WebHdfsRequest, base: string): Promise<HttpResponse> {
    const { http, lookup, access } = this.#init;
    const { user, delegationToken } = access.hdfs;
    const parameters = new URLSearchParams({ op, ...query });
    if (delegationToken !== undefined) parameters.set('delegation', delegationToken.reveal());
    else if (user !== undefined) parameters.set('user.name', user);
    const url = `${base}${path.split('/').map(encodeURIComponent).join('/')}?${parameters.toString()}`;
    const headers = { 'user-agent': 'millrace', 'accept-encoding': 'identity' };
    const { response } = await followRedirects(
      { method: 'GET', url, headers, answerAs, maxBytes, signal },
      { http, lookup, allowPrivate: access.allowPrivateRedirects },
    );
    return response;
  }

  #explained(thrown: unknown): unknown {
    if (!this.#init.place.isGuess || !MillraceError.is(thrown) || thrown.code !== 'UNREACHABLE') return thrown;
    return new MillraceError({
      code: 'UNREACHABLE',
      message: thrown.message,
      retry: thrown.retry,
      notes: [
        { message: "hdfs:// names another port than WebHDFS has: 'model.hdfs.endpoint' = 'http://namenode:9870' says where that is" },
      ],
      cause: thrown,
    });
  }
}

function exceptionOf({ status, body }: HttpResponse): z.output<typeof remoteException>['RemoteException'] | undefined {
  if (status < 400 || !body.includes('RemoteException')) return undefined;
  try {
    return remoteException.safeParse(JSON.parse(body)).data?.RemoteException;
  } catch {
    return undefined;
  }
}
