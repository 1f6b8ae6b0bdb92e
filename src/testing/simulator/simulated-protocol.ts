import type { Amounts } from '../../spec/limit-store.js';
import type { LimitWords } from './rate-limits.js';
import type { Reply } from './reply.js';
import type { SimulatedRequest } from './simulated-request.js';

/** What a metered answer may depend on besides its request. */
export interface Exchange {
  /** The fault that strikes this request, if one does: `error-500`, `refusal`, … Those of the connection need no care. */
  readonly fault: string | undefined;
  /** Uniform in [0, 1); the same numbers for the same body, seed, and count of its arrivals. */
  readonly random: () => number;
  /** How long the answer will take, in milliseconds. */
  readonly latencyMs: number;
}

/** What an endpoint makes of a request: known before it is sent, so that limits can count its tokens. */
export interface PreparedAnswer {
  /** What statistics count as unique or repeated. */
  readonly inputs: readonly string[];
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Parts of the prompt that came from the service's prompt cache, and that were written into it; 0 when absent. */
  readonly cachedTokens?: number;
  readonly cacheWriteTokens?: number;
  /** Of the 200 that carries the answer, besides those of the limits. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** What the limits count where it is not one request, and the tokens of prompt and completion. */
  readonly amounts?: Amounts;
  /** Called when the answer is sent, for what only answered requests leave behind. */
  readonly onSent?: () => void;
}

/** What is behind an address. */
export type Route =
  /** Answered at once: no latency, faults, limits and `status`. */
  | { readonly kind: 'free'; readonly reply: Reply }
  /** @throws {Refusal} for a request that the service refuses; it costs nothing of the limits. */
  | { readonly kind: 'metered'; answer(exchange: Exchange): PreparedAnswer };

/** The wire format of one service: what its simulator adds to the common base. */
export interface SimulatedProtocol {
  /** What stands in front of every path, such as `/v1`; empty for nothing. */
  readonly basePath: string;
  /** How the service tells its limits. */
  readonly limits: LimitWords;
  /** @throws {Refusal} for a request whose credentials are missing or wrong. */
  authorize(request: SimulatedRequest): void | Promise<void>;
  /** @throws {Refusal} where nothing is behind the address. */
  route(request: SimulatedRequest): Route;
  /** What the service says with a status, from 400 to 599. @param message in place of the usual one. */
  error(status: number, message?: string): Reply;
  /** Headers of every reply, errors included. @param number of the request, from 1. */
  headers(number: number): Readonly<Record<string, string>>;
  /** The last change to a reply, for services whose bodies repeat the request's id. @param number as of `headers`. */
  finish?(reply: Reply, number: number): Reply;
}
