import { parseDuration } from '../../common/duration.js';

/** How long answers take. */
export type Latency =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'lognormal'; readonly p50Ms: number; readonly p99Ms: number };

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326_347_874_040_841;

/**
 * Reads `200 ms`, `100 ms..300 ms`, and `p50 200 ms p99 1 s`.
 *
 * @returns `undefined` for any other text.
 */
export function parseLatency(text: string): Latency | undefined {
  const lognormal = /^\s*p50\s+(.+?)[\s,]+p99\s+(.+)$/i.exec(text);
  if (lognormal) {
    const [p50Ms, p99Ms] = [parseDuration(lognormal[1]!), parseDuration(lognormal[2]!)];
    return p50Ms && p99Ms !== undefined && p99Ms >= p50Ms ? { kind: 'lognormal', p50Ms, p99Ms } : undefined;
  }
  const [first, second, ...more] = text.split('..').map(parseDuration);
  if (first === undefined || more.length > 0) return undefined;
  if (!text.includes('..')) return { kind: 'fixed', ms: first };
  return second !== undefined && second >= first ? { kind: 'uniform', minMs: first, maxMs: second } : undefined;
}

/** Milliseconds of one answer. @param random uniform in [0, 1). */
export function sampleLatency(latency: Latency, random: () => number): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.minMs + random() * (latency.maxMs - latency.minMs);
    default:
      return latency.p50Ms * (latency.p99Ms / latency.p50Ms) ** (standardNormal(random) / Z99);
  }
}

/** Box and Muller's transform. */
function standardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
