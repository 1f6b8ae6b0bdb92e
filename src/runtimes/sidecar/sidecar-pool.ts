import { MillraceError } from '../../common/error.js';
import type { ReceivedTensor } from './sidecar-protocol.js';
import { SidecarProcess, type SidecarCall, type SidecarProcessInit } from './sidecar-process.js';

export interface SidecarPoolInit extends SidecarProcessInit {
  readonly workers: number;
  /** How often workers are started again, one after the other, before one of them gives an answer. */
  readonly maxRestarts: number;
}

/** Calls that a worker holds at once: one that runs, and one so that it need not wait for the next. */
const CALLS_PER_WORKER = 2;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

interface Waiting {
  readonly call: SidecarCall;
  readonly signal: AbortSignal;
  readonly resolve: (tensors: ReceivedTensor[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Python processes with one model, of which each call takes the freest.
 *
 * A process that ends is started again after 100 ms, then 200 ms and so on up to 10 s, and not more often than
 * `maxRestarts` without an answer in between: calls fail then for good. A process that was lost fails its own calls with
 * `PREDICTION_FAILED`, retry `backoff`; calls that wait go to another.
 */
export class SidecarPool {
  readonly #init: SidecarPoolInit;
  readonly #processes = new Set<SidecarProcess>();
  readonly #waiting: Waiting[] = [];
  /** Processes that are asked whether they are there. */
  readonly #asked = new Set<SidecarProcess>();
  /** Workers that are on their way: being started, or waiting for it. */
  #starting = 0;
  /** Losses since the last answer. */
  #losses = 0;
  /** Set when no worker is started any more. */
  #givenUp: MillraceError | undefined;
  #isClosed = false;
  readonly #closing = new AbortController();

  /** Starts all workers. @throws {MillraceError} what the first one that failed says; none is left then. */
  static async open(init: SidecarPoolInit): Promise<SidecarPool> {
    const pool = new SidecarPool(init);
    const starts = await Promise.allSettled(Array.from({ length: init.workers }, () => pool.#start()));
    const failed = starts.find(start => start.status === 'rejected');
    if (!failed) return pool;
    await pool.close();
    throw failed.reason;
  }

  private constructor(init: SidecarPoolInit) {
    this.#init = init;
  }

  /** One of the processes, for what is equal in all. Only right after `open`. */
  get first(): SidecarProcess {
    return [...this.#processes][0]!;
  }

  get processes(): readonly SidecarProcess[] {
    return [...this.#processes];
  }

  /** @throws as `SidecarProcess.call`. A call that waits is dropped when the signal is aborted. */
  call(call: SidecarCall, signal: AbortSignal): Promise<ReceivedTensor[]> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || this.#isClosed) {
        reject(signal.aborted ? (signal.reason as Error) : closed());
        return;
      }
      const onAbort = (): void => {
        const place = this.#waiting.indexOf(waiting);
        if (place !== -1) this.#waiting.splice(place, 1);
        reject(signal.reason as Error);
      };
      const settled = (): void => signal.removeEventListener('abort', onAbort);
      const waiting: Waiting = {
        call,
        signal,
        resolve: tensors => {
          settled();
          resolve(tensors);
        },
        reject: reason => {
          settled();
          reject(reason);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#pump();
    });
  }

  /** Lets the workers finish what they compute; what waits fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(closed());
    await Promise.all([...this.#processes].map(process => process.close()));
  }

  #pump(): void {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const process = this.#freest();
      if (process) this.#hand(process, this.#waiting.shift()!);
      else if (this.#processes.size > 0 || this.#starting > 0) return;
      else for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#givenUp ?? closed());
    }
  }

  /** A process with room. One that has rested for long is asked first, and found again when it has answered. */
  #freest(): SidecarProcess | undefined {
    let best: SidecarProcess | undefined;
    for (const process of this.#processes) {
      if (!process.isUsable) continue;
      if (process.needsPing && !this.#asked.has(process)) {
        this.#asked.add(process);
        void process.ping().then(() => {
          this.#asked.delete(process);
          this.#pump();
        });
      }
      if (!this.#asked.has(process) && process.inFlight < (best?.inFlight ?? CALLS_PER_WORKER)) best = process;
    }
    return best;
  }

  #hand(process: SidecarProcess, { call, signal, resolve, reject }: Waiting): void {
    process.call(call, signal).then(
      tensors => {
        this.#losses = 0;
        resolve(tensors);
        this.#pump();
      },
      (reason: unknown) => {
        reject(reason);
        this.#pump();
      },
    );
  }

  async #start(): Promise<void> {
    this.#starting++;
    try {
      const process = await SidecarProcess.start(this.#init);
      if (this.#isClosed) {
        await process.close();
        return;
      }
      this.#processes.add(process);
      void process.ended.then(reason => {
        this.#processes.delete(process);
        if (!this.#isClosed) void this.#replace(reason);
      });
    } finally {
      this.#starting--;
    }
  }

  /** Starts a worker in the place of one that was lost, or could not be started. */
  async #replace(reason: MillraceError): Promise<void> {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#losses, LONGEST_DELAY_MS);
    if (++this.#losses > this.#init.maxRestarts) {
      this.#givenUp = givenUp(reason, this.#init.maxRestarts);
      this.#pump();
      return;
    }
    this.#starting++;
    try {
      await this.#init.clock.sleep(delay, this.#closing.signal);
      await this.#start();
    } catch (thrown) {
      if (!this.#isClosed && MillraceError.is(thrown)) void this.#replace(thrown);
    } finally {
      this.#starting--;
      this.#pump();
    }
  }
}

function givenUp({ message, notes }: MillraceError, times: number): MillraceError {
  return new MillraceError({
    code: 'PREDICTION_FAILED',
    message: `the Python worker of the model is not started again, after ${times} times without an answer: ${message}`,
    notes: [...notes, { message: "'sidecar.max-restarts' says how often it is tried" }],
  });
}

function closed(): MillraceError {
  return new MillraceError({ code: 'INTERRUPTED', message: 'the model was closed' });
}
