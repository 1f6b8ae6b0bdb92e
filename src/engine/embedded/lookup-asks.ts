import type { Clock } from '../../common/clock.js';
import { formatDuration } from '../../common/duration.js';
import { MillraceError, toMillraceError } from '../../common/error.js';
import { untilAborted } from '../../common/until-aborted.js';
import type { LookupHint } from '../../planner/logical/lookup-hint.js';
import { batchOfRows, concatBatches, sliceBatch, takeRows, type Batch } from '../../spec/batch.js';
import type { LookupResult, LookupSource } from '../../spec/connector.js';
import type { Field } from '../../spec/data-type.js';
import type { Prediction, Predictor } from '../../spec/predictor.js';

export interface LookupAsksInit {
  readonly source: LookupSource;
  /** The table's name. */
  readonly name: string;
  /** What the source gives. */
  readonly fields: readonly Field[];
  /** What the source, the query and the session say together. */
  readonly settings: LookupSettings;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Counts `lookups`, `lookup_keys` and `lookup_retries`. */
  readonly count: (metric: string, by: number) => void;
}

export interface LookupSettings {
  readonly async: boolean;
  readonly ordered: boolean;
  readonly capacity: number;
  readonly timeoutMs: number;
  readonly retryMisses: LookupHint['retryMisses'];
}

/** Rows whose keys wait for an ask, or are being asked. */
interface Submission {
  readonly keys: Batch;
  readonly resolve: (found: Prediction) => void;
  readonly reject: (thrown: unknown) => void;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** Longer timers of Node fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Asks a table: keys that wait gather into one ask as far as the source takes them, several asks are under way where it is
 * asynchronous, and what may pass is tried again, with exponential backoff and full jitter.
 */
export class LookupAsks implements Predictor {
  readonly name: string;
  readonly ordered: boolean;
  readonly rowsPerSubmission: number;
  readonly maxPendingRows: number;
  readonly #init: LookupAsksInit;
  readonly #waiting: Submission[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #maxAsks: number;
  readonly #closing = new AbortController();
  /** Ends the waiting between two attempts, and not the attempts. */
  readonly #pausing = new AbortController();

  constructor(init: LookupAsksInit) {
    const { source, settings } = init;
    this.#init = init;
    this.name = init.name;
    this.ordered = settings.ordered;
    this.rowsPerSubmission = source.maxKeys;
    this.#maxAsks = settings.async ? Math.max(1, Math.floor(settings.capacity / source.maxKeys)) : 1;
    this.maxPendingRows = Math.max(settings.capacity, 2 * source.maxKeys);
  }

  submit(keys: Batch): Promise<Prediction> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keys, resolve, reject });
      this.#start();
    });
  }

  barrier(): void {}

  flush(): void {}

  async pause(): Promise<void> {
    this.#pausing.abort(PAUSED);
    await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    this.#pausing.abort(PAUSED);
    this.#closing.abort(CLOSED);
    await Promise.all(this.#underWay);
    await this.#init.source.close?.();
  }

  #start(): void {
    while (this.#waiting.length > 0 && this.#underWay.size < this.#maxAsks && !this.#pausing.signal.aborted) {
      const asked = this.#ask(this.#nextGroup()).finally(() => {
        this.#underWay.delete(asked);
        this.#start();
      });
      this.#underWay.add(asked);
    }
  }

  /** The submissions that come next, as many as one ask takes. */
  #nextGroup(): Submission[] {
    const { maxKeys } = this.#init.source;
    let [count, rows] = [0, 0];
    while (count < this.#waiting.length && (count === 0 || rows + this.#waiting[count]!.keys.rowCount <= maxKeys))
      rows += this.#waiting[count++]!.keys.rowCount;
    return this.#waiting.splice(0, count);
  }

  /** Never rejects. A group that is given up because of a pause stays without an answer. */
  async #ask(group: readonly Submission[]): Promise<void> {
    try {
      const found = await this.#inTime(concatBatches(group.map(({ keys }) => keys)));
      divide(found, group);
    } catch (thrown) {
      if (thrown !== PAUSED && thrown !== CLOSED) for (const { reject } of group) reject(thrown);
    }
  }

  /** @throws {MillraceError} `TIMEOUT`, or the last failure. */
  async #inTime(keys: Batch): Promise<LookupResult> {
    const { clock, settings, name } = this.#init;
    const ending = new AbortController();
    const onClose = (): void => ending.abort(CLOSED);
    const cancel = clock.setTimer(Math.min(settings.timeoutMs, LONGEST_TIMER_MS), () => ending.abort(tooLate(name, settings.timeoutMs)));
    this.#closing.signal.addEventListener('abort', onClose, { once: true });
    try {
      // A source need not look at the signal: the ask is over all the same.
      return await untilAborted(this.#withMisses(keys, ending.signal), ending.signal);
    } finally {
      cancel();
      this.#closing.signal.removeEventListener('abort', onClose);
    }
  }

  /** Asks again for keys that have no rows, where the query wants that. */
  async #withMisses(keys: Batch, signal: AbortSignal): Promise<LookupResult> {
    const { retryMisses: again } = this.#init.settings;
    let found = await this.#attempts(keys, signal);
    for (let retries = 0; again && retries < again.attempts; retries++) {
      const missing = missingKeys(found, keys.rowCount);
      if (missing.length === 0) break;
      await this.#wait(again.delayMs, signal);
      found = merge(found, await this.#attempts(takeRows(keys, missing), signal), missing);
    }
    return found;
  }

  /** Attempts until there is an answer. @throws the last failure. */
  async #attempts(keys: Batch, signal: AbortSignal): Promise<LookupResult> {
    const { source, count, name, fields, random } = this.#init;
    for (let retries = 0; ; retries++) {
      try {
        count('lookups', 1);
        count('lookup_keys', keys.rowCount);
        const found = await source.lookup(keys, signal);
        checkResult(found, keys.rowCount, { name, fields });
        return found;
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        const failure = toMillraceError(thrown);
        if (failure.retry === 'never' || retries >= source.maxRetries) throw noted(failure, retries);
        const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** retries);
        const told = typeof failure.retry === 'object' ? failure.retry.afterMs : 0;
        count('lookup_retries', 1);
        await this.#wait(Math.max(random() * bound, told), signal);
      }
    }
  }

  /** @throws the reason of the signal, or `PAUSED`. */
  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#init.clock.sleep(ms, AbortSignal.any([signal, this.#pausing.signal]));
  }
}

const PAUSED = Symbol('paused');
const CLOSED = Symbol('closed');

/** Gives each submission its part of what was found. */
function divide({ rows, inputOf }: LookupResult, group: readonly Submission[]): void {
  let [key, row] = [0, 0];
  for (const { keys, resolve } of group) {
    const from = row;
    while (row < inputOf.length && inputOf[row]! < key + keys.rowCount) row++;
    const first = key;
    resolve({ outputs: sliceBatch(rows, from, row), inputOf: inputOf.slice(from, row).map(input => input - first) });
    key += keys.rowCount;
  }
}

function missingKeys({ inputOf }: LookupResult, keyCount: number): number[] {
  const found = new Set(inputOf);
  return Array.from({ length: keyCount }, (_, key) => key).filter(key => !found.has(key));
}

/** Both results as one. @param asked the key that each key of `second` is among those of `first`. */
function merge(first: LookupResult, second: LookupResult, asked: readonly number[]): LookupResult {
  if (second.rows.rowCount === 0) return first;
  const moved = Array.from(second.inputOf, input => asked[input]!);
  const keyOf = [...first.inputOf, ...moved];
  // The sort is stable, so rows of one key keep their order.
  const order = [...keyOf.keys()].sort((a, b) => keyOf[a]! - keyOf[b]!);
  const rows = first.rows.rowCount === 0 ? second.rows : concatBatches([first.rows, second.rows]);
  return { rows: takeRows(rows, order), inputOf: Uint32Array.from(order, place => keyOf[place]!) };
}

/** @throws {MillraceError} `INTERNAL` for an answer that breaks the contract of `LookupSource`. */
function checkResult({ rows, inputOf }: LookupResult, keyCount: number, { name, fields }: Pick<LookupAsksInit, 'name' | 'fields'>): void {
  const problem =
    rows.rowCount !== inputOf.length
      ? `${rows.rowCount} rows for ${inputOf.length} places`
      : rows.columns.length !== fields.length
        ? `${rows.columns.length} columns for ${fields.length} fields`
        : inputOf.some((input, row) => input >= keyCount || (row > 0 && input < inputOf[row - 1]!))
          ? 'places out of order'
          : undefined;
  if (problem === undefined) return;
  throw new MillraceError({ code: 'INTERNAL', message: `the connector of table "${name}" found ${problem}` });
}

function noted(failure: MillraceError, retries: number): MillraceError {
  if (retries === 0) return failure;
  const { code, message, retry, notes, context, cause } = failure;
  return new MillraceError({
    code,
    message,
    retry,
    context,
    cause,
    notes: [...notes, { message: `gave up after ${retries + 1} attempts` }],
  });
}

function tooLate(name: string, timeoutMs: number): MillraceError {
  return new MillraceError({
    code: 'TIMEOUT',
    message: `table "${name}" did not answer within ${formatDuration(timeoutMs)}`,
    notes: [{ message: "a LOOKUP hint gives it more time: SELECT /*+ LOOKUP('table' = '…', 'timeout' = '10 min') */ …" }],
  });
}

/** For a plan whose condition no row fulfils: it has no keys, and nobody asks. */
export const ASKS_NOTHING: LookupSource = {
  maxKeys: 1,
  async: false,
  maxRetries: 0,
  lookup: () => Promise.resolve({ rows: batchOfRows([], []), inputOf: new Uint32Array(0) }),
};
