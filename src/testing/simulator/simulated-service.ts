import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../common/clock.js';
import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { chooseFault, faultRates, type FaultRates } from './faults.js';
import { sampleLatency } from './latency.js';
import { createRateLimits, type RateLimits } from './rate-limits.js';
import { Refusal, type Reply } from './reply.js';
import type { PreparedAnswer, Route, SimulatedProtocol } from './simulated-protocol.js';
import { readRequest } from './simulated-request.js';
import type { SimulatorOptions } from './simulator-options.js';
import { Statistics, type SimulatorStats } from './statistics.js';

/** What stands behind the server of any service: one request in, one answer out. */
export class SimulatedService {
  readonly #options: SimulatorOptions;
  readonly #protocol: SimulatedProtocol;
  readonly #statistics = new Statistics();
  readonly #limits: RateLimits;
  readonly #faults: FaultRates;
  /** How often each body has come, for faults that differ from one attempt to the next. */
  readonly #occurrences = new Map<number, number>();
  #requests = 0;

  constructor(options: SimulatorOptions, protocol: SimulatedProtocol) {
    this.#options = options;
    this.#protocol = protocol;
    this.#faults = faultRates(options);
    this.#limits = createRateLimits({
      perMinute: {
        requests: options['requests-per-minute'],
        tokens: options['tokens-per-minute'],
        'input-tokens': options['input-tokens-per-minute'],
        'output-tokens': options['output-tokens-per-minute'],
      },
      windowMs: options['limit-window'],
      monotonic: () => systemClock.monotonic(),
      words: protocol.limits,
    });
  }

  stats(): SimulatorStats {
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
      else send(response, { ...reply, headers: { ...reply.headers, ...this.#protocol.headers(++this.#requests) } });
    } catch {
      // The client has left; there is nobody to answer.
      response.destroy();
    }
  }

  /** @throws when the client leaves first. */
  async #reply(message: IncomingMessage, gone: AbortSignal): Promise<Reply | 'reset'> {
    try {
      const request = await readRequest(message, this.#protocol.basePath);
      await this.#protocol.authorize(request);
      const route = this.#protocol.route(request);
      return route.kind === 'free' ? route.reply : await this.#meter(route, request.body.toString('utf8'), gone);
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown.reply;
      if (gone.aborted) throw thrown;
      return this.#protocol.error(500, `defect of the simulator: ${String(thrown)}`);
    }
  }

  async #meter(route: Extract<Route, { kind: 'metered' }>, text: string, gone: AbortSignal): Promise<Reply | 'reset'> {
    const { seed, status, latency } = this.#options;
    const random = seededRandom(`${seed}/${this.#countOccurrence(text)}/${text}`);
    const fault = chooseFault(this.#faults, random());
    if (status !== undefined) throw new Refusal(this.#protocol.error(status));
    const answer = route.answer({ fault, random });
    const latencyMs = sampleLatency(latency, random) + (fault === 'slow' ? this.#options['slow-latency'] : 0);
    const headers = this.#limits.take(amountsOf(answer));
    if (fault !== undefined) this.#statistics.fault(fault);
    if (latencyMs > 0) await systemClock.sleep(latencyMs, gone);
    return this.#finish({ answer, fault, headers });
  }

  #countOccurrence(text: string): number {
    const key = hash32(text);
    const occurrence = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    return occurrence;
  }

  #finish({ answer, fault, headers }: Finished): Reply | 'reset' {
    const { body } = answer;
    const reply: Reply = { status: 200, headers: { ...headers, ...answer.headers }, body };
    const [, status] = /^error-(\d{3})$/.exec(fault ?? '') ?? [];
    if (status !== undefined) {
      const error = this.#protocol.error(Number(status));
      return { ...error, headers: { ...headers, ...error.headers } };
    }
    switch (fault) {
      case 'reset':
        return 'reset';
      case 'truncated':
        return { ...reply, body: body.slice(0, body.length / 2) };
      case 'empty':
        return { ...reply, body: '' };
      case 'error-body':
        return { ...reply, headers, body: this.#protocol.error(500).body };
      default:
        answer.onSent?.();
        this.#statistics.answered(answer);
        return reply;
    }
  }
}

interface Finished {
  readonly answer: PreparedAnswer;
  readonly fault: string | undefined;
  /** Of the limits. */
  readonly headers: Readonly<Record<string, string>>;
}

function amountsOf({ amounts, promptTokens, completionTokens }: PreparedAnswer): NonNullable<PreparedAnswer['amounts']> {
  const tokens = promptTokens + completionTokens;
  return { requests: 1, tokens, 'input-tokens': promptTokens, 'output-tokens': completionTokens, ...amounts };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
