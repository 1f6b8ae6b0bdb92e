import { parentPort, workerData, type TransferListItem } from 'node:worker_threads';
import { MillraceError } from '../common/error.js';
import type { FromWorker, ToWorker, WorkerFailure } from './worker-pool.js';

/** What a worker of a `WorkerPool` does. */
export interface WorkerDuties<Start, Open, Request, Setup extends { readonly id: number }, Reply> {
  /** Once; what it reports is the reason why the pool cannot open. */
  open(start: Start): Promise<Open | WorkerFailure>;
  /** One call, after the one before it is answered; an error of it is `PREDICTION_FAILED` unless it tells another code. */
  answer(open: Open, request: Request, setups: ReadonlyMap<number, Setup>): Promise<Reply>;
  /** Buffers that go with a reply. */
  buffersOf(reply: Reply): readonly TransferListItem[];
  close(open: Open): Promise<void>;
}

/** Serves the pool that started this thread until it closes it. */
export async function serveWorker<Start, Open extends object, Request, Setup extends { readonly id: number }, Reply>(
  duties: WorkerDuties<Start, Open, Request, Setup, Reply>,
): Promise<void> {
  const port = parentPort!;
  const opened = await duties.open(workerData as Start);
  if (isFailure(opened)) {
    port.postMessage({ kind: 'failed', failure: opened } satisfies FromWorker<Reply>);
    return;
  }
  const setups = new Map<number, Setup>();
  const take = async (message: ToWorker<Request, Setup>): Promise<void> => {
    if (message.kind === 'setup') setups.set(message.setup.id, message.setup);
    else if (message.kind === 'close') {
      await duties.close(opened);
      port.close();
    } else {
      const { id, request } = message;
      try {
        const reply = await duties.answer(opened, request, setups);
        port.postMessage({ kind: 'reply', id, reply } satisfies FromWorker<Reply>, duties.buffersOf(reply));
      } catch (error) {
        port.postMessage({ kind: 'error', id, failure: failureOf(error) } satisfies FromWorker<Reply>);
      }
    }
  };
  // One after the other, since work that waits lets the next message in before it is done.
  let last = Promise.resolve();
  port.on('message', (message: ToWorker<Request, Setup>) => {
    last = last.then(() => take(message));
  });
  port.postMessage({ kind: 'ready' } satisfies FromWorker<Reply>);
}

function isFailure(opened: object): opened is WorkerFailure {
  return 'code' in opened && 'message' in opened;
}

function failureOf(error: unknown): WorkerFailure {
  if (MillraceError.is(error)) return { code: error.code, message: error.message, notes: error.notes.map(note => note.message) };
  return { code: 'PREDICTION_FAILED', message: error instanceof Error ? error.message : String(error) };
}
