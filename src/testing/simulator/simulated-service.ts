import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../common/clock.js';
import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { chooseFault, faultRates, type FaultRates } from './faults.js';
import { sampleLatency } from './latency.js';
import { createRateLimits, type RateLimits } from './rate-limits.js';
import { Refusal, type Reply } from './reply.js';
import type { PreparedAnswer, Route, SimulatedProtocol } from './simulated-protocol.js';
import { readRequest, type SimulatedRequest } from './simulated-request.js';
import type { SimulatorOptions } from './simulator-options.js';
import { Statistics, type SimulatorStats } from './statistics.js';
import { struckReply, type Delivery } from './struck-reply.js';

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
  #lastRequest: SimulatedRequest | undefined;

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

  get lastRequest(): SimulatedRequest | undefined {
    return this.#lastRequest;
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
      const { reply, connection } = await this.#deliver(request, gone.signal);
      outcome = connection === 'kept' ? String(reply.status) : connection;
      const signed = this.#sign(reply);
      if (connection === 'reset') request.socket.resetAndDestroy();
      else send(response, signed, connection);
    } catch {
      // The client has left; there is nobody to answer.
      response.destroy();
    }
  }

  #sign(reply: Reply): Reply {
    const number = ++this.#requests;
    const signed = { ...reply, headers: { ...reply.headers, ...this.#protocol.headers(number) } };
    return this.#protocol.finish?.(signed, number) ?? signed;
  }

  /** @throws when the client leaves first. */
  async #deliver(message: IncomingMessage, gone: AbortSignal): Promise<Delivery> {
    try {
      const request = await readRequest(message, this.#protocol.basePath);
      this.#lastRequest = request;
      await this.#protocol.authorize(request);
      const route = this.#protocol.route(request);
      return route.kind === 'free' ? { reply: route.reply, connection: 'kept' } : await this.#meter(route, request, gone);
    } catch (thrown) {
      if (thrown instanceof Refusal) return { reply: thrown.reply, connection: 'kept' };
      if (gone.aborted) throw thrown;
      return { reply: this.#protocol.error(500, `defect of the simulator: ${String(thrown)}`), connection: 'kept' };
    }
  }

  async #meter(route: Extract<Route, { kind: 'metered' }>, request: SimulatedRequest, gone: AbortSignal): Promise<Delivery> {
    const { seed, status, latency } = this.#options;
    const text = request.body.toString('utf8');
    const random = seededRandom(`${seed}/${this.#countOccurrence(text)}/${text}`);
    const fault = chooseFault(this.#faults, random());
    if (status !== undefined) throw new Refusal(withRetryAfter(this.#protocol.error(status), this.#options));
    const latencyMs = sampleLatency(latency, random) + (fault === 'slow' ? this.#options['slow-latency'] : 0);
    const answer = route.answer({ fault, random, latencyMs });
    const headers = this.#limits.take(amountsOf(answer));
    if (fault !== undefined) this.#statistics.fault(fault);
    if (latencyMs > 0) await systemClock.sleep(latencyMs, gone);
    const delivery = struckReply({ fault, answer, headers, request, protocol: this.#protocol });
    if (delivery.isAnswer === true) {
      answer.onSent?.();
      this.#statistics.answered(answer);
    }
    return delivery;
  }

  #countOccurrence(text: string): number {
    const key = hash32(text);
    const occurrence = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    return occurrence;
  }
}

/** An error with the waits of the options in place of its own; an empty one stands for no header. */
function withRetryAfter(reply: Reply, { 'retry-after': after, 'retry-after-ms': afterMs }: SimulatorOptions): Reply {
  if (after === undefined && afterMs === undefined) return reply;
  const others = Object.entries(reply.headers).filter(([name]) => !name.startsWith('retry-after'));
  const waits = Object.entries({ 'retry-after': after, 'retry-after-ms': afterMs }).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  return { ...reply, headers: Object.fromEntries([...others, ...waits]) };
}

function amountsOf({ amounts, promptTokens, completionTokens }: PreparedAnswer): NonNullable<PreparedAnswer['amounts']> {
  const tokens = promptTokens + completionTokens;
  return { requests: 1, tokens, 'input-tokens': promptTokens, 'output-tokens': completionTokens, ...amounts };
}

function send(response: ServerResponse, { status, headers, body }: Reply, connection: Delivery['connection'] = 'kept'): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  if (connection === 'kept') response.end(body);
  else response.write(body.slice(0, body.length / 2), () => response.socket?.end());
}
