/** Kind of fault → share of requests, from 0 to 1, in the order in which they share that range. */
export type FaultRates = ReadonlyMap<string, number>;

const ENDING = '-rate';
/** Shares of answers within a reply, not of requests. */
const OF_ANSWERS = 'batch-';

/** The rates of requests among a simulator's options: `reset-rate` is that of the fault `reset`. */
export function faultRates(options: object): FaultRates {
  return new Map(
    Object.entries(options).flatMap(([key, rate]): [string, number][] =>
      key.endsWith(ENDING) && !key.startsWith(OF_ANSWERS) && typeof rate === 'number' ? [[key.slice(0, -ENDING.length), rate]] : [],
    ),
  );
}

/**
 * The fault of one request, if it has one: at most one, each with its own rate.
 *
 * @param draw uniform in [0, 1).
 */
export function chooseFault(rates: FaultRates, draw: number): string | undefined {
  let bound = 0;
  for (const [fault, rate] of rates) {
    bound += rate;
    if (draw < bound) return fault;
  }
  return undefined;
}
