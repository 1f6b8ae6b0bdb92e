import { Worker, type TransferListItem } from 'node:worker_threads';
import type { ErrorCode } from '../common/error-codes.js';
import { MillraceError } from '../common/error.js';

/** What goes to a worker. Each `setup` holds for every call after it, beside those before it. */
export type ToWorker<Request, Setup> =
  | { readonly kind: 'call'; readonly id: number; readonly request: Request }
  | { readonly kind: 'setup'; readonly setup: Setup }
  | { readonly kind: 'close' };

/** What comes from a worker: `ready` or `failed` once, then a `reply` or an `error` for each call, in any order. */
export type FromWorker<Reply> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: WorkerFailure }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly kind: 'error'; readonly id: number; readonly failure: WorkerFailure };

/** A `MillraceError` on its way between threads. */
export interface WorkerFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly notes?: readonly string[];
}

export interface WorkerPoolInit {
  /** The module that each worker runs; it speaks `ToWorker` and `FromWorker`. */
  readonly entry: URL;
  /** Cloned into each worker. */
  readonly start: unknown;
  readonly threads: number;
}

/** Calls that a worker holds at once: one that runs, and one so that it need not wait for the next. */
const CALLS_PER_WORKER = 2;

interface Call<Request, Reply> {
  readonly id: number;
  readonly request: Request;
  readonly transfer: readonly TransferListItem[];
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
}

interface Slot<Request, Reply> {
  worker: Worker;
  state: 'starting' | 'ready' | 'gone';
  readonly calls: Map<number, Call<Request, Reply>>;
}

/**
 * Worker threads that answer calls, each call by the worker with the fewest.
 *
 * Idle workers do not keep the process alive. A worker that crashes fails its own calls with `PREDICTION_FAILED`, retry
 * `backoff`, and is replaced when a call finds no other free.
 */
export class WorkerPool<Request, Setup, Reply> {
  readonly #init: WorkerPoolInit;
  readonly #slots: Slot<Request, Reply>[] = [];
  readonly #queue: Call<Request, Reply>[] = [];
  readonly #setups: Setup[] = [];
  #nextId = 0;
  #closed = false;

  /**
   * Starts all workers.
   *
   * @throws {MillraceError} what the first worker that failed to start says; no worker is left then.
   */
  static async open<Request, Setup, Reply>(init: WorkerPoolInit): Promise<WorkerPool<Request, Setup, Reply>> {
    const pool = new WorkerPool<Request, Setup, Reply>(init);
    const starts = await Promise.allSettled(Array.from({ length: init.threads }, () => pool.#start()));
    const failed = starts.find(start => start.status === 'rejected');
    if (failed) {
      await pool.close();
      throw failed.reason;
    }
    return pool;
  }

  private constructor(init: WorkerPoolInit) {
    this.#init = init;
  }

  /** Tells every worker, also those that are started later, one more thing that calls need. */
  setup(setup: Setup): void {
    this.#setups.push(setup);
    for (const slot of this.#slots) if (slot.state === 'ready') post(slot, { kind: 'setup', setup });
  }

  /**
   * @param transfer buffers of the request that the worker takes over.
   * @throws {MillraceError} what the worker says, or the signal's reason: a call that waits is dropped then, and the
   * answer of one that runs.
   */
  call(request: Request, { transfer, signal }: { transfer: readonly TransferListItem[]; signal: AbortSignal }): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      if (signal.aborted || this.#closed) {
        reject(signal.aborted ? signal.reason : interrupted());
        return;
      }
      const settled = (): void => signal.removeEventListener('abort', onAbort);
      const call: Call<Request, Reply> = {
        id: this.#nextId++,
        request,
        transfer,
        resolve: reply => {
          settled();
          resolve(reply);
        },
        reject: reason => {
          settled();
          reject(reason);
        },
      };
      const onAbort = (): void => {
        const waiting = this.#queue.indexOf(call);
        if (waiting >= 0) this.#queue.splice(waiting, 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(call);
      this.#pump();
    });
  }

  /** Ends the workers once they are done with what they run; calls that are not answered then are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#queue.splice(0)) call.reject(interrupted());
    await Promise.all(
      this.#slots.map(
        slot =>
          new Promise<void>(resolve => {
            if (slot.state === 'gone') return resolve();
            slot.worker.ref();
            slot.worker.once('exit', () => resolve());
            post(slot, { kind: 'close' });
          }),
      ),
    );
  }

  #pump(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const slot = this.#freest();
      if (slot === undefined) {
        this.#replaceOne();
        return;
      }
      const call = this.#queue.shift()!;
      slot.calls.set(call.id, call);
      slot.worker.ref();
      slot.worker.postMessage({ kind: 'call', id: call.id, request: call.request } satisfies ToWorker<Request, Setup>, call.transfer);
    }
  }

  #freest(): Slot<Request, Reply> | undefined {
    let best: Slot<Request, Reply> | undefined;
    for (const slot of this.#slots) {
      if (slot.state === 'ready' && slot.calls.size < (best?.calls.size ?? CALLS_PER_WORKER)) best = slot;
    }
    return best;
  }

  /** Starts a worker in the place of one that crashed, one at a time. */
  #replaceOne(): void {
    const gone = this.#slots.findIndex(slot => slot.state === 'gone');
    if (gone < 0 || this.#slots.some(slot => slot.state === 'starting')) return;
    this.#slots.splice(gone, 1);
    this.#start().then(
      () => this.#pump(),
      (reason: unknown) => {
        if (this.#slots.some(slot => slot.state === 'ready')) return;
        for (const call of this.#queue.splice(0)) call.reject(reason);
      },
    );
  }

  /** Resolves when the worker is ready. */
  #start(): Promise<void> {
    const worker = new Worker(this.#init.entry, { workerData: this.#init.start, execArgv: [] });
    const slot: Slot<Request, Reply> = { worker, state: 'starting', calls: new Map() };
    this.#slots.push(slot);
    return new Promise((resolve, reject) => {
      let cause: unknown;
      worker.on('message', (message: FromWorker<Reply>) => {
        if (message.kind === 'failed') reject(errorOf(message.failure));
        else if (message.kind === 'ready') {
          slot.state = 'ready';
          for (const setup of this.#setups) post(slot, { kind: 'setup', setup });
          worker.unref();
          resolve();
        } else this.#settle(slot, message);
      });
      worker.on('error', error => {
        cause = error;
      });
      worker.on('exit', () => {
        const wasReady = slot.state === 'ready';
        slot.state = 'gone';
        const error = this.#closed ? interrupted() : crashed(cause);
        reject(error);
        for (const call of slot.calls.values()) call.reject(error);
        slot.calls.clear();
        // Not after a start that failed: the calls that wait are rejected with its reason instead.
        if (wasReady) this.#pump();
      });
    });
  }

  #settle(slot: Slot<Request, Reply>, message: Extract<FromWorker<Reply>, { readonly id: number }>): void {
    const call = slot.calls.get(message.id);
    slot.calls.delete(message.id);
    if (slot.calls.size === 0) slot.worker.unref();
    if (message.kind === 'reply') call?.resolve(message.reply);
    else call?.reject(errorOf(message.failure));
    this.#pump();
  }
}

function post<Request, Setup, Reply>(slot: Slot<Request, Reply>, message: ToWorker<Request, Setup>): void {
  slot.worker.postMessage(message);
}

function errorOf({ code, message, notes = [] }: WorkerFailure): MillraceError {
  return new MillraceError({ code, message, notes: notes.map(note => ({ message: note })) });
}

function crashed(cause: unknown): MillraceError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new MillraceError({ code: 'PREDICTION_FAILED', message: `a thread of the model stopped${reason}`, retry: 'backoff', cause });
}

function interrupted(): MillraceError {
  return new MillraceError({ code: 'INTERRUPTED', message: 'the model was closed' });
}
