import { runOpenRows } from './open-run.js';
import { openSession } from './open-session.js';
import { serveWorker } from '../serve-worker.js';
import { probe, reasonOf, runRows, type OpenSession, type RunReply } from './session-run.js';
import type { OnnxReply, OnnxRequest, OnnxWorkerStart, RunPlan } from './worker-protocol.js';

/*
 * The thread that owns one session. onnxruntime for Node blocks its thread while a model runs, so that none runs on the
 * main thread.
 */

function run(session: OpenSession, plan: RunPlan, request: OnnxRequest & { kind: 'run' }): Promise<RunReply> {
  return plan.feeds.some(feed => feed.openShape) ? runOpenRows(session, plan, request) : runRows(session, plan, request);
}

await serveWorker<OnnxWorkerStart, OpenSession, OnnxRequest, RunPlan, OnnxReply>({
  open: openSession,
  async answer(session, request, plans) {
    try {
      if (request.kind === 'probe') return { kind: 'probe', outputs: await probe(session, request) };
      return await run(session, plans.get(request.plan)!, request);
    } catch (error) {
      throw new Error(reasonOf(error), { cause: error });
    }
  },
  buffersOf: reply =>
    reply.kind === 'run' ? reply.columns.flatMap(column => (Array.isArray(column) ? [] : [column.buffer as ArrayBuffer])) : [],
  close: ({ session }) => session.release(),
});
