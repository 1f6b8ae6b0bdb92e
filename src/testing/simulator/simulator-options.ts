import { z } from 'zod';
import { duration, integer, list, number, option, text } from '../../spec/option.js';
import { parseLatency, type Latency } from './latency.js';

function latency() {
  return z
    .string()
    .meta({ format: 'latency', examples: ['200 ms', '100 ms..300 ms', 'p50 200 ms p99 1 s'] })
    .transform((value, context) => {
      const parsed = parseLatency(value);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: `expected "200 ms", "100 ms..300 ms" or "p50 200 ms p99 1 s", found "${value}"` });
      return z.NEVER;
    });
}

/** The share of requests, from 0 to 1, that a fault strikes; its key is the fault's kind and `-rate`. */
export function rate(doc: string) {
  return option(number({ min: 0, max: 1 }).prefault('0'), { doc });
}

/** A limit over a minute; none when absent. @param what is limited. */
export function limit(what: string) {
  return option(integer({ min: 1 }).optional(), { doc: `Limit of ${what}; none when absent.` });
}

/** Where every simulator listens. */
export const serverOptions = {
  host: option(text().prefault('127.0.0.1'), { doc: 'Address to listen at.' }),
  port: option(integer({ min: 0, max: 65_535 }).prefault('0'), { doc: 'Port to listen at; 0 takes a free one.' }),
};

/** Of services with keys. */
export const apiKeyOptions = {
  'api-key': option(text().optional(), { doc: 'The only key that is accepted; any key when absent.' }),
};

/** Of services that answer for several models. */
export const modelsOptions = {
  models: option(list().optional(), { doc: 'Model ids that exist, separated by commas; any when absent.' }),
};

/** How long answers take, and what they are. */
export const answerOptions = {
  seed: option(text().prefault('0'), { doc: 'Another seed gives other answers, latencies and faults.' }),
  latency: option(latency().prefault('0 ms'), { doc: 'How long an answer takes: fixed, uniform, or lognormal by its percentiles.' }),
};

/** Of services that count requests and tokens together. Others take `limit` for each kind, with `limitWindowOptions`. */
export const limitWindowOptions = {
  'limit-window': option(duration().prefault('1 min'), {
    doc: 'How much of its limit a client may use at once, as the time that the limit takes to come back.',
  }),
};

/** Always this status. */
export const statusOptions = {
  status: option(integer({ min: 400, max: 599 }).optional(), { doc: 'Answers every request with this HTTP status.' }),
  'retry-after': option(text().optional(), {
    doc: "With status: the header retry-after, seconds or an HTTP date; the service's own when neither is set, none when empty.",
  }),
  'retry-after-ms': option(text().optional(), { doc: 'With status: the header retry-after-ms, in milliseconds.' }),
};

/** Faults of every service. The order decides which requests they strike. */
export const faultOptions = {
  'error-500-rate': rate('Share of requests answered with 500.'),
  'error-503-rate': rate('Share of requests answered with 503 and retry-after.'),
  'reset-rate': rate('Share of requests whose connection is reset.'),
  'slow-rate': rate('Share of requests that take slow-latency longer.'),
  'slow-latency': option(duration().prefault('10 s'), { doc: 'What slow requests take on top.' }),
  'truncated-rate': rate('Share of requests answered with the first half of the body.'),
  'empty-rate': rate('Share of requests answered with 200 and no body.'),
  'error-body-rate': rate('Share of requests answered with 200 and an error as the body.'),
  'half-closed-rate': rate('Share of requests whose connection ends in the middle of the body.'),
  'html-rate': rate("Share of requests answered with 200 and a proxy's HTML page."),
  'unknown-rate': rate('Share of requests answered with 200 and a JSON object without a known member.'),
  'leak-rate': rate('Share of requests answered with 401 by a proxy that repeats the credentials in the body and a header.'),
};

/** What the common base reads of a simulator's options; rates of faults are read by the ending of their keys. */
export interface SimulatorOptions {
  readonly host: string;
  readonly port: number;
  readonly seed: string;
  readonly latency: Latency;
  readonly 'requests-per-minute'?: number | undefined;
  /** Input and output together. */
  readonly 'tokens-per-minute'?: number | undefined;
  readonly 'input-tokens-per-minute'?: number | undefined;
  readonly 'output-tokens-per-minute'?: number | undefined;
  /** Milliseconds. */
  readonly 'limit-window': number;
  readonly status?: number | undefined;
  readonly 'retry-after'?: string | undefined;
  readonly 'retry-after-ms'?: string | undefined;
  /** Milliseconds. */
  readonly 'slow-latency': number;
}
