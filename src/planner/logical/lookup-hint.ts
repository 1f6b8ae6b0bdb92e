/** What a LOOKUP hint of Flink says about how a table is asked; absent members are for the connector and the session to decide. */
export interface LookupHint {
  /** Whether several asks may be under way at once. */
  readonly async?: boolean | undefined;
  /** Whether rows leave in the order in which they came. */
  readonly ordered?: boolean | undefined;
  /** Most rows that wait for their answers. */
  readonly capacity?: number | undefined;
  /** Longest time from the first attempt of an ask to its answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** A key without rows is asked again so often, after so long. */
  readonly retryMisses?: { readonly attempts: number; readonly delayMs: number } | undefined;
}

/** As `explain` shows it; empty where the hint says nothing. */
export function formatLookupHint({ async, ordered, capacity, timeoutMs, retryMisses }: LookupHint): string {
  const parts = [
    async === undefined ? undefined : async ? 'async' : 'sync',
    ordered === undefined ? undefined : ordered ? 'ordered' : 'unordered',
    capacity === undefined ? undefined : `capacity ${capacity}`,
    timeoutMs === undefined ? undefined : `timeout ${timeoutMs} ms`,
    retryMisses && `misses again ${retryMisses.attempts} times after ${retryMisses.delayMs} ms`,
  ];
  return parts.filter(part => part !== undefined).join(', ');
}
