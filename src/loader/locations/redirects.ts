import { MillraceError } from '../../common/error.js';
import { reachesPrivateAddress, type Lookup } from '../../kit/private-address.js';
import type { HttpRequest, HttpResponse, HttpTransport } from '../../spec/provider.js';
import { maskAddress } from './mask-address.js';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;

export interface RedirectPolicy {
  readonly http: HttpTransport;
  /** Addresses of a host name. */
  readonly lookup: Lookup;
  readonly allowPrivate: boolean;
  /** Headers for an address other than the first; credentials are for the first origin only. */
  readonly headersFor?: ((url: string) => Readonly<Record<string, string>>) | undefined;
}

export interface Followed {
  readonly response: HttpResponse;
  /** Where the answer came from. */
  readonly url: string;
}

/**
 * A GET or HEAD that goes where the answers send it: at most five times, never from https to http, and from a public host to no
 * private address. Between the look at the name and the connection the name may change its address; who relies on this wall
 * alone needs a firewall too.
 *
 * @throws {MillraceError} `REFUSED` for a redirect that is not followed.
 */
export async function followRedirects(request: HttpRequest, policy: RedirectPolicy): Promise<Followed> {
  let url = request.url;
  let { headers } = request;
  for (let count = 0; ; count++) {
    const response = await policy.http.request({ ...request, url, headers });
    const { location } = response.headers;
    if (!REDIRECTS.has(response.status) || location === undefined) return { response, url };
    if (count === MAX_REDIRECTS) throw refused(request.url, `leads through more than ${MAX_REDIRECTS} redirects`);
    const next = await checkRedirect({ first: request.url, from: url, location }, policy);
    if (new URL(next).origin !== new URL(request.url).origin) headers = policy.headersFor?.(next) ?? withoutCredentials(request.headers);
    url = next;
  }
}

/** The absolute address of a redirect. @throws {MillraceError} `REFUSED` */
export async function checkRedirect(
  { first, from, location }: { readonly first: string; readonly from: string; readonly location: string },
  { lookup, allowPrivate }: Pick<RedirectPolicy, 'lookup' | 'allowPrivate'>,
): Promise<string> {
  if (!URL.canParse(location, from)) throw refused(first, `redirects to "${location.slice(0, 200)}", which is no address`);
  const next = new URL(location, from);
  const shown = next.origin;
  if (next.protocol !== 'http:' && next.protocol !== 'https:') throw refused(first, `redirects to "${shown}", which is not http`);
  if (next.protocol === 'http:' && new URL(from).protocol === 'https:') throw refused(first, `redirects from https to "${shown}"`);
  const start = new URL(first);
  if (!allowPrivate && next.origin !== start.origin && (await reachesPrivateAddress(next.hostname, lookup))) {
    if (!(await reachesPrivateAddress(start.hostname, lookup)))
      throw new MillraceError({
        code: 'REFUSED',
        message: `"${maskAddress(first)}" redirects to the private address "${shown}"`,
        notes: [{ message: "'model.allow-private-redirects' = 'true' allows it" }],
      });
  }
  next.username = '';
  next.password = '';
  return next.href;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
}

function refused(address: string, why: string): MillraceError {
  return new MillraceError({ code: 'REFUSED', message: `"${maskAddress(address)}" ${why}` });
}
