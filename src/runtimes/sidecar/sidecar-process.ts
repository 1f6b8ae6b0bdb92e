import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../common/clock.js';
import { deferred, type Deferred } from '../../common/deferred.js';
import { MillraceError, type Note } from '../../common/error.js';
import { encodeFrame, FrameReader, garbage, type Frame } from './frame.js';
import { OutputTail } from './output-tail.js';
import { residentMemory } from './process-memory.js';
import {
  PROTOCOL,
  readMessage,
  readTensors,
  type LoadedMessage,
  type LoadRequest,
  type ReceivedTensor,
  type SentTensor,
} from './sidecar-protocol.js';

export interface SidecarProcessInit {
  readonly python: string;
  readonly load: LoadRequest;
  /** Variables besides those that every worker gets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
  /** In bytes; `undefined` for none. */
  readonly memoryLimit: number | undefined;
  readonly clock: Clock;
}

/** One run of the model. */
export interface SidecarCall {
  readonly tensors: readonly SentTensor[];
  /** Bytes of the tensors, in their order. */
  readonly parts: readonly Uint8Array[];
  /** The outputs that are wanted; `undefined` for all. */
  readonly outputs: readonly string[] | undefined;
}

/** The model raised an exception: other rows may do better, and the worker is well. */
export class ModelFailure extends Error {}

/** Where programs are looked for: the environment of this process is not handed on. */
const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
const MEMORY_CHECK_MS = 100;
/** A call that nobody waits for any more may take this much longer before its worker is replaced. */
const ABANDONED_MS = 30_000;
/** After so much rest a worker is asked whether it is there before it gets a call. */
const REST_MS = 30_000;
const PING_TIMEOUT_MS = 10_000;
const CLOSE_MS = 5_000;
/** Between the end of a process and the end of what it printed. */
const OUTPUT_MS = 500;

interface Pending {
  readonly answer: Deferred<ReceivedTensor[]>;
  /** Ends the watch over a call that was given up. */
  cancelWatch: (() => void) | undefined;
}

/**
 * A Python process with the model, and the socket to it.
 *
 * The socket is the file descriptor 3 of the process, so nobody else can connect to it; what the process prints is kept for
 * messages only. It ends when the socket does, and on Linux when this process is gone in whatever way.
 */
export class SidecarProcess {
  readonly #init: SidecarProcessInit;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #printed = new OutputTail();
  readonly #pending = new Map<number, Pending>();
  readonly #started = deferred<LoadedMessage>();
  readonly #ended = deferred<MillraceError>();
  /** Why it is being ended, or has ended. */
  #reason: MillraceError | undefined;
  /** Set when it is to end after what it computes. */
  #closing: MillraceError | undefined;
  #loaded: LoadedMessage | undefined;
  #isWatched = false;
  #nextId = 0;
  #lastAnswer: number;
  #peak = 0;

  /** @throws {MillraceError} `MODEL_LOAD`, `MISSING_PACKAGE` or `INVALID_OPTION`. */
  static async start(init: SidecarProcessInit): Promise<SidecarProcess> {
    const started = new SidecarProcess(init);
    const cancel = init.clock.setTimer(init.startTimeoutMs, () => started.kill(started.#tooSlow()));
    started.#watchMemory();
    try {
      started.#loaded = await started.#started.promise;
      started.#rest();
      return started;
    } catch (thrown) {
      throw MillraceError.is(thrown) && thrown.code === 'PREDICTION_FAILED' ? asLoadError(thrown) : thrown;
    } finally {
      cancel();
    }
  }

  private constructor(init: SidecarProcessInit) {
    this.#init = init;
    this.#lastAnswer = init.clock.monotonic();
    const worker = fileURLToPath(new URL('./sidecar_worker.py', import.meta.url));
    this.#child = spawn(init.python, ['-B', '-u', worker, String(process.pid)], {
      cwd: '/',
      env: environmentOf(init),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#socket = this.#child.stdio[3] as Socket;
    this.#child.stdout!.on('data', (chunk: Buffer) => this.#printed.add(chunk));
    this.#child.stderr!.on('data', (chunk: Buffer) => this.#printed.add(chunk));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // The end of the process tells the same, with the reason.
    this.#socket.on('error', () => {});
    this.#child.once('error', cause => this.#end(notStarted(init.python, cause)));
    const ended = (status: number | null, signal: NodeJS.Signals | null): void => this.#end(this.#exitError(status, signal));
    this.#child.once('close', ended);
    // Processes that it started can hold its output open.
    this.#child.once('exit', (status, signal) => void init.clock.setTimer(OUTPUT_MS, () => ended(status, signal)));
  }

  /** What it loaded. Only of one that has started. */
  get loaded(): LoadedMessage {
    return this.#loaded!;
  }

  /** Calls that it has not answered, given up ones too. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** Whether it takes calls; one that is being ended does not. */
  get isUsable(): boolean {
    return this.#reason === undefined && this.#closing === undefined;
  }

  /** Resolves when the process is gone, with the reason. */
  get ended(): Promise<MillraceError> {
    return this.#ended.promise;
  }

  /** Whether it has rested long enough that it should be asked whether it is there; see `ping`. */
  get needsPing(): boolean {
    return this.#pending.size === 0 && this.#init.clock.monotonic() - this.#lastAnswer > REST_MS;
  }

  /** Ends the process where it does not answer in time. */
  async ping(): Promise<void> {
    const cancel = this.#init.clock.setTimer(PING_TIMEOUT_MS, () =>
      this.kill(lost('the Python worker of the model does not answer', this.#notes())),
    );
    try {
      await this.#send({ kind: 'ping' }, []);
    } catch {
      // It is gone; whoever waits for its end knows.
    } finally {
      cancel();
    }
  }

  /**
   * Runs the model.
   *
   * @throws {ModelFailure} what the model raised. @throws {MillraceError} `PREDICTION_FAILED` with retry `backoff` where the
   * process is lost, or the signal's reason.
   */
  call({ tensors, parts, outputs }: SidecarCall, signal: AbortSignal): Promise<ReceivedTensor[]> {
    const id = this.#nextId;
    const answer = this.#send({ kind: 'run', tensors, ...(outputs && { outputs }) }, parts);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
        this.#watchAbandoned(id);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  /** Ends the process at once; its calls fail with the reason. */
  kill(reason: MillraceError): void {
    this.#reason ??= reason;
    this.#child.kill('SIGKILL');
  }

  /** Lets it finish what it computes, then ends it. */
  async close(): Promise<void> {
    this.#closing = new MillraceError({ code: 'INTERRUPTED', message: 'the model was closed' });
    this.#child.ref();
    const cancel = this.#init.clock.setTimer(CLOSE_MS, () => this.#child.kill('SIGKILL'));
    if (this.#socket.writable) this.#socket.end(Buffer.concat(encodeFrame({ kind: 'close' })));
    await this.#ended.promise;
    cancel();
  }

  #send(message: object, parts: readonly Uint8Array[]): Promise<ReceivedTensor[]> {
    const gone = this.#reason ?? this.#closing;
    if (gone || !this.#socket.writable) return Promise.reject(gone ?? lost('the Python worker of the model is gone', []));
    const id = this.#nextId++;
    const answer = deferred<ReceivedTensor[]>();
    this.#pending.set(id, { answer, cancelWatch: undefined });
    this.#child.ref();
    this.#socket.ref();
    this.#write({ ...message, id }, parts);
    this.#watchMemory();
    return answer.promise;
  }

  #write(header: object, parts: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const piece of encodeFrame(header, parts)) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #receive(chunk: Buffer): void {
    if (this.#reason) return;
    try {
      for (const frame of this.#reader.push(chunk)) this.#take(frame);
    } catch (thrown) {
      this.kill(MillraceError.is(thrown) ? thrown : garbage());
    }
  }

  #take(frame: Frame): void {
    const message = readMessage(frame);
    switch (message.kind) {
      case 'hello':
        if (message.protocol !== PROTOCOL) throw otherProtocol(message.protocol);
        this.#write(this.#init.load, []);
        return;
      case 'failed': {
        const notes = message.notes.map(note => ({ message: note }));
        this.kill(new MillraceError({ code: message.code, message: message.message, notes }));
        return;
      }
      case 'loaded':
        this.#checkPeak(message.peak);
        this.#started.resolve(message);
        return;
      default:
        this.#settle(message.id, pending => {
          if (message.kind === 'error') pending.answer.reject(new ModelFailure(message.message));
          else pending.answer.resolve(message.kind === 'pong' ? [] : readTensors(message, frame.payload));
        });
        if (message.kind === 'result') this.#checkPeak(message.peak);
    }
  }

  #settle(id: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (!pending) throw garbage();
    settle(pending);
    pending.cancelWatch?.();
    this.#pending.delete(id);
    this.#lastAnswer = this.#init.clock.monotonic();
    if (this.#pending.size === 0) this.#rest();
  }

  /** An idle worker does not keep this process alive. */
  #rest(): void {
    this.#child.unref();
    this.#socket.unref();
    for (const stream of [this.#child.stdout, this.#child.stderr]) (stream as Socket).unref();
  }

  #watchAbandoned(id: number): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    pending.cancelWatch = this.#init.clock.setTimer(ABANDONED_MS, () =>
      this.kill(lost(`the Python worker of the model was still busy ${ABANDONED_MS / 1_000} s after its call was given up`, [])),
    );
  }

  /** Looks at the process while it computes; where the system tells nothing of it, its own word is what counts. */
  #watchMemory(): void {
    const limit = this.#init.memoryLimit;
    if (limit === undefined || this.#isWatched) return;
    this.#isWatched = true;
    const look = async (): Promise<void> => {
      const used = this.#child.pid === undefined ? undefined : await residentMemory(this.#child.pid);
      if (used !== undefined && used > limit) this.kill(tooLarge(used, limit));
      if ((this.#loaded && this.#pending.size === 0) || used === undefined || this.#reason) this.#isWatched = false;
      else this.#init.clock.setTimer(MEMORY_CHECK_MS, () => void look());
    };
    void look();
  }

  #checkPeak(peak: number): void {
    this.#peak = Math.max(this.#peak, peak);
    const limit = this.#init.memoryLimit;
    if (limit !== undefined && this.#peak > limit) this.kill(tooLarge(this.#peak, limit));
  }

  #notes(): Note[] {
    const lines = this.#printed.lines();
    return lines.length === 0 ? [] : [{ message: `it printed: ${lines.join(' / ')}` }];
  }

  #tooSlow(): MillraceError {
    return new MillraceError({
      code: 'MODEL_LOAD',
      message: `the Python worker did not load the model within ${this.#init.startTimeoutMs / 1_000} s`,
      notes: [{ message: "give it more time with 'sidecar.start-timeout'" }, ...this.#notes()],
    });
  }

  #exitError(status: number | null, signal: NodeJS.Signals | null): MillraceError {
    const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
    if (this.#loaded) return lost(`the Python worker of the model ${how}`, this.#notes());
    return new MillraceError({
      code: 'MODEL_LOAD',
      message: `the program "${this.#init.python}" ${how} before it had loaded the model`,
      notes: [...this.#notes(), { message: "check that 'sidecar.python' is a Python of version 3.8 or newer" }],
    });
  }

  #end(error: MillraceError): void {
    this.#reason ??= this.#closing ?? error;
    const reason = this.#reason;
    this.#socket?.destroy();
    this.#started.reject(reason);
    for (const { answer, cancelWatch } of this.#pending.values()) {
      cancelWatch?.();
      answer.reject(reason);
    }
    this.#pending.clear();
    this.#ended.resolve(reason);
  }
}

function environmentOf({ load, environment }: SidecarProcessInit): Record<string, string> {
  return {
    PATH: SEARCH_PATH,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    OMP_NUM_THREADS: String(load.threads),
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...(load.device === 'cpu' && { CUDA_VISIBLE_DEVICES: '-1' }),
    ...environment,
  };
}

function notStarted(python: string, cause: Error): MillraceError {
  const isMissing = 'code' in cause && cause.code === 'ENOENT';
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "sidecar.python" is "${python}", ${isMissing ? 'and there is no such program' : `which cannot be started: ${cause.message}`}`,
    notes: [{ message: `give the path of an interpreter; names are looked for in ${SEARCH_PATH}` }],
    cause,
  });
}

function otherProtocol(protocol: number): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `the Python worker speaks protocol ${protocol}, and this version of Millrace speaks ${PROTOCOL}`,
    notes: [{ message: 'install Millrace again: its files are of different versions' }],
  });
}

function asLoadError({ message, notes, cause }: MillraceError): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message, notes, cause });
}

function tooLarge(used: number, limit: number): MillraceError {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;
  return lost(`the Python worker of the model took ${megabytes(used)}, and its limit is ${megabytes(limit)}`, [
    { message: "raise 'sidecar.memory-limit', or make calls smaller with 'batch.size'" },
  ]);
}

function lost(message: string, notes: readonly Note[]): MillraceError {
  return new MillraceError({ code: 'PREDICTION_FAILED', message, retry: 'backoff', notes });
}
