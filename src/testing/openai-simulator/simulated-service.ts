import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../common/clock.js';
import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { answerChat, type PreparedAnswer } from './chat-endpoint.js';
import { answerEmbeddings } from './embeddings-endpoint.js';
import { chooseFault, type Fault } from './faults.js';
import { sampleLatency } from './latency.js';
import { createRateLimits, type RateLimits } from './rate-limits.js';
import { parseBody } from './request-body.js';
import type { OpenAiSimulatorOptions } from './simulator-options.js';
import { Statistics, type OpenAiSimulatorStats } from './statistics.js';
import { errorBody, errorOfStatus, Refusal, type WireError } from './wire-error.js';

/** What a request is answered with. */
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What stands behind the server: one request in, one answer out. */
export class SimulatedService {
  readonly #options: OpenAiSimulatorOptions;
  readonly #statistics = new Statistics();
  readonly #limits: RateLimits;
  /** How often each body has come, for faults that differ from one attempt to the next. */
  readonly #occurrences = new Map<number, number>();
  #requests = 0;

  constructor(options: OpenAiSimulatorOptions) {
    this.#options = options;
    this.#limits = createRateLimits({
      requestsPerMinute: options['requests-per-minute'],
      tokensPerMinute: options['tokens-per-minute'],
      windowMs: options['limit-window'],
      monotonic: () => systemClock.monotonic(),
    });
  }

  stats(): OpenAiSimulatorStats {
    return this.#statistics.snapshot();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/simulator/stats') {
      send(response, { status: 200, headers: {}, body: JSON.stringify(this.stats()) });
      return;
    }
    this.#statistics.arrived();
    const gone = new AbortController();
    let outcome = 'aborted';
    response.once('close', () => {
      this.#statistics.left(outcome);
      gone.abort();
    });
    try {
      const reply = await this.#reply(request, gone.signal);
      outcome = reply === 'reset' ? 'reset' : String(reply.status);
      if (reply === 'reset') request.socket.resetAndDestroy();
      else
        send(response, {
          ...reply,
          headers: { ...reply.headers, 'x-request-id': `req_${(++this.#requests).toString(36).padStart(8, '0')}` },
        });
    } catch {
      // The client has left; there is nobody to answer.
      response.destroy();
    }
  }

  /** @throws when the client leaves first. */
  async #reply(request: IncomingMessage, gone: AbortSignal): Promise<Reply | 'reset'> {
    try {
      this.#checkKey(request.headers.authorization);
      return await this.#route(request, gone);
    } catch (thrown) {
      if (thrown instanceof Refusal) return errorReply(thrown.error);
      if (gone.aborted) throw thrown;
      return errorReply({ status: 500, message: `defect of the simulator: ${String(thrown)}`, type: 'server_error' });
    }
  }

  async #route(request: IncomingMessage, gone: AbortSignal): Promise<Reply | 'reset'> {
    const { pathname } = new URL(request.url ?? '/', 'http://simulator');
    const base = this.#options['base-path'];
    const route = pathname.startsWith(base) ? `${request.method} ${pathname.slice(base.length)}` : '';
    if (route === 'GET /models') return this.#listModels();
    if (route !== 'POST /chat/completions' && route !== 'POST /embeddings') {
      throw new Refusal({ status: 404, message: `Invalid URL (${request.method} ${pathname})`, type: 'invalid_request_error' });
    }
    const text = await readText(request);
    const random = seededRandom(`${this.#options.seed}/${this.#countOccurrence(text)}/${text}`);
    const fault = chooseFault(this.#options, random());
    const answer = this.#answer({ route, text, fault });
    const latencyMs = sampleLatency(this.#options.latency, random) + (fault === 'slow' ? this.#options['slow-latency'] : 0);
    this.#checkQuota();
    const headers = this.#limits.take(answer.promptTokens + answer.completionTokens);
    if (fault !== undefined) this.#statistics.fault(fault);
    if (latencyMs > 0) await systemClock.sleep(latencyMs, gone);
    return this.#finish(answer, fault, headers);
  }

  #countOccurrence(text: string): number {
    const key = hash32(text);
    const occurrence = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    return occurrence;
  }

  #answer({ route, text, fault }: { readonly route: string; readonly text: string; readonly fault: Fault | undefined }): PreparedAnswer {
    const { seed, models, status } = this.#options;
    if (status !== undefined) throw new Refusal(errorOfStatus(status));
    const body = parseBody(text);
    const answer =
      route === 'POST /embeddings'
        ? answerEmbeddings(body, seed)
        : answerChat(body, { seed, fault, created: Math.floor(systemClock.now() / 1_000) });
    const model = String(body['model']);
    if (models === undefined || models.includes(model)) return answer;
    throw new Refusal({
      status: 404,
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
      type: 'invalid_request_error',
      code: 'model_not_found',
    });
  }

  #finish(answer: PreparedAnswer, fault: Fault | undefined, headers: Record<string, string>): Reply | 'reset' {
    const body = JSON.stringify(answer.body);
    switch (fault) {
      case 'error-500':
        return errorReply(errorOfStatus(500), headers);
      case 'error-503':
        return errorReply(errorOfStatus(503), headers);
      case 'reset':
        return 'reset';
      case 'truncated':
        return { status: 200, headers, body: body.slice(0, body.length / 2) };
      case 'empty':
        return { status: 200, headers, body: '' };
      case 'error-body':
        return { status: 200, headers, body: errorBody(errorOfStatus(500)) };
      default:
        this.#statistics.answered(answer);
        return { status: 200, headers, body };
    }
  }

  #listModels(): Reply {
    const ids = this.#options.models ?? ['simulated-chat', 'simulated-embedding'];
    return {
      status: 200,
      headers: {},
      body: JSON.stringify({ object: 'list', data: ids.map(id => ({ id, object: 'model', created: 0, owned_by: 'simulator' })) }),
    };
  }

  #checkKey(authorization: string | undefined): void {
    const key = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    const expected = this.#options['api-key'];
    if (key !== undefined && (expected === undefined || key === expected)) return;
    const message =
      key === undefined
        ? "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
        : `Incorrect API key provided: ${key.slice(0, 3)}${'*'.repeat(8)}${key.slice(-4)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
    throw new Refusal({ status: 401, message, type: 'invalid_request_error', code: 'invalid_api_key' });
  }

  #checkQuota(): void {
    if (!this.#options['out-of-quota']) return;
    throw new Refusal({
      status: 429,
      message: 'You exceeded your current quota, please check your plan and billing details.',
      type: 'insufficient_quota',
      code: 'insufficient_quota',
    });
  }
}

function errorReply(error: WireError, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: error.status, headers: { ...headers, ...error.headers }, body: errorBody(error) };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
