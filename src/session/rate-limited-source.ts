import type { Clock } from '../common/clock.js';
import type { Source } from '../spec/connector.js';

/** Reads of this length give rows often enough to look like a stream. */
const READS_PER_SECOND = 20;

/** The source, read at most at `rowsPerSecond` over all its splits; as it is where there is no rate. */
export function atRate(rowsPerSecond: number | undefined, clock: Clock, source: Source): Source {
  if (rowsPerSecond === undefined) return source;
  const rowsPerRead = Math.max(1, Math.floor(rowsPerSecond / READS_PER_SECOND));
  /** When the next read of any split may start; `undefined` before the first one. */
  let due: number | undefined;
  return {
    ...source,
    listSplits: () => source.listSplits(),
    ...(source.backlog && { backlog: (splits: Parameters<NonNullable<Source['backlog']>>[0]) => source.backlog!(splits) }),
    ...(source.close && { close: () => source.close!() }),
    async openReader(split, from) {
      const reader = await source.openReader(split, from);
      return {
        close: () => reader.close(),
        async read(limit) {
          const wait = (due ?? 0) - clock.monotonic();
          // A stop request ends the wait; the read below then gives what there is.
          if (wait > 0) await clock.sleep(wait, limit.signal).catch(() => {});
          const result = await reader.read({ ...limit, maxRows: Math.min(limit.maxRows, rowsPerRead) });
          const now = clock.monotonic();
          due = Math.max(due ?? now, now - 1_000) + ((result.batch?.rowCount ?? 0) * 1_000) / rowsPerSecond;
          return result;
        },
      };
    },
  };
}
