import { openSession } from '../../../kit/onnx/open-session.js';
import { reasonOf } from '../../../kit/onnx/session-run.js';
import { serveWorker } from '../../../kit/serve-worker.js';
import type { WorkerFailure } from '../../../kit/worker-pool.js';
import type { TextPlan, TextReply, TextRequest, TextWorkerStart } from './text-protocol.js';
import { probeText, runTexts, type OpenTextModel } from './text-run.js';
import { TextTokenizer } from './text-tokenizer.js';
import { TimeLimit } from './time-limit.js';

/*
 * The thread that owns one session and its tokenizer, so that neither keeps the main thread.
 */

const OPEN_TOKENIZER_MS = 30_000;

async function open(start: TextWorkerStart): Promise<OpenTextModel | WorkerFailure> {
  const limit = new TimeLimit();
  let tokenizer: TextTokenizer | undefined;
  try {
    tokenizer = limit.run(() => new TextTokenizer(start.tokenizer), OPEN_TOKENIZER_MS)?.result;
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
  if (tokenizer === undefined) return refused(`it takes longer than ${OPEN_TOKENIZER_MS / 1_000} s to read`);
  const opened = await openSession(start);
  return 'code' in opened ? opened : { ...opened, tokenizer, padding: start.padding, limit };
}

function refused(reason: string): WorkerFailure {
  return { code: 'MODEL_LOAD', message: `the tokenizer cannot be read: ${reason.slice(0, 500)}` };
}

await serveWorker<TextWorkerStart, OpenTextModel, TextRequest, TextPlan, TextReply>({
  open,
  async answer(model, request, plans) {
    if (request.kind === 'run') return runTexts(model, plans.get(request.plan)!, request);
    try {
      return await probeText(model, request.texts);
    } catch (error) {
      throw new Error(reasonOf(error), { cause: error });
    }
  },
  buffersOf: reply =>
    reply.kind === 'run' ? reply.columns.flatMap(column => (Array.isArray(column) ? [] : [column.buffer as ArrayBuffer])) : [],
  close: ({ session }) => session.release(),
});
