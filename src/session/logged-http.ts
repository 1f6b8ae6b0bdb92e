import { toMillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import type { HttpRequest, HttpResponse, HttpTransport } from '../spec/provider.js';

/** Most characters of a body in a log line. */
const MAX_BODY = 4_000;

export interface LoggedHttpInit {
  readonly log: Logger;
  /** The model's name. */
  readonly model: string;
  /** Takes secrets out of a text; called before it is cut. */
  readonly mask: (text: string) => string;
}

/** A transport that logs what is asked and answered, for `log.prompts`. Headers and the query of an address are left out. */
export function loggedHttp(http: HttpTransport, { log, model, mask }: LoggedHttpInit): HttpTransport {
  return {
    async request(request) {
      const { method, url } = request;
      log.debug('request to the model', { model, method, url: addressOf(url), body: excerpt(request, mask) });
      try {
        const response = await http.request(request);
        log.debug('answer of the model', { model, status: response.status, body: excerpt(response, mask) });
        return response;
      } catch (thrown) {
        log.debug('no answer of the model', { model, reason: toMillraceError(thrown).message });
        throw thrown;
      }
    },
  };
}

function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function excerpt({ body, bytes }: Pick<HttpRequest | HttpResponse, 'body' | 'bytes'>, mask: (text: string) => string): string {
  if (bytes !== undefined) return `${bytes.length} bytes`;
  const text = mask(body ?? '');
  return text.length > MAX_BODY ? `${text.slice(0, MAX_BODY)}… (${text.length} characters)` : text;
}
