import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { runOpenRows } from './open-run.js';
import { probe, reasonOf, runRows, type OpenSession, type RunReply } from './session-run.js';
import type { FromWorker, ToWorker, WorkerFailure } from '../worker-pool.js';
import type { OnnxReply, OnnxRequest, OnnxWorkerStart, RunPlan } from './worker-protocol.js';

/*
 * The thread that owns one session. onnxruntime for Node blocks its thread while a model runs, so that none runs on the
 * main thread.
 */

type Runtime = typeof import('onnxruntime-node');

// Both thread counts are 1: with more, sums are grouped by the batch, and a row's answer depends on its neighbours.
// Fatal only: what goes wrong is reported by errors, and onnxruntime would write it to stderr too.
const SESSION_OPTIONS: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 };

async function serve(port: MessagePort, start: OnnxWorkerStart): Promise<void> {
  const opened = await open(start);
  if ('code' in opened) {
    port.postMessage({ kind: 'failed', failure: opened } satisfies FromWorker<OnnxReply>);
    return;
  }
  const plans = new Map<number, RunPlan>();
  const take = async (message: ToWorker<OnnxRequest, RunPlan>): Promise<void> => {
    if (message.kind === 'call') await answer({ port, open: opened, plans, id: message.id, request: message.request });
    else if (message.kind === 'setup') plans.set(message.setup.id, message.setup);
    else {
      await opened.session.release();
      port.close();
    }
  };
  // One after the other, since a run lets the next message in before it is done.
  let last = Promise.resolve();
  port.on('message', (message: ToWorker<OnnxRequest, RunPlan>) => {
    last = last.then(() => take(message));
  });
  port.postMessage({ kind: 'ready' } satisfies FromWorker<OnnxReply>);
}

interface Exchange {
  readonly port: MessagePort;
  readonly open: OpenSession;
  readonly plans: ReadonlyMap<number, RunPlan>;
  readonly id: number;
  readonly request: OnnxRequest;
}

async function answer({ port, open: session, plans, id, request }: Exchange): Promise<void> {
  try {
    const reply: OnnxReply =
      request.kind === 'probe'
        ? { kind: 'probe', outputs: await probe(session, request) }
        : await run(session, plans.get(request.plan)!, request);
    const buffers =
      reply.kind === 'run' ? reply.columns.flatMap(column => (Array.isArray(column) ? [] : [column.buffer as ArrayBuffer])) : [];
    port.postMessage({ kind: 'reply', id, reply } satisfies FromWorker<OnnxReply>, buffers);
  } catch (error) {
    port.postMessage({
      kind: 'error',
      id,
      failure: { code: 'PREDICTION_FAILED', message: reasonOf(error) },
    } satisfies FromWorker<OnnxReply>);
  }
}

function run(session: OpenSession, plan: RunPlan, request: OnnxRequest & { kind: 'run' }): Promise<RunReply> {
  return plan.feeds.some(feed => feed.openShape) ? runOpenRows(session, plan, request) : runRows(session, plan, request);
}

async function open({ packageName, model, device }: OnnxWorkerStart): Promise<OpenSession | WorkerFailure> {
  // Where Node has Float16Array, onnxruntime's JavaScript makes such arrays of float16 tensors, and its native part cannot
  // read them (1.30, Node 24). Without the global, in this thread alone, it keeps the Uint16Array that both understand.
  Reflect.deleteProperty(globalThis, 'Float16Array');
  let runtime: Runtime;
  try {
    runtime = (await import(packageName)) as Runtime;
  } catch (error) {
    return missingPackage(packageName, error);
  }
  runtime.env.logLevel = 'fatal';
  const { InferenceSession: Session, Tensor } = runtime;
  const create = (providers: string[]): Promise<InferenceSession> => {
    const options = { ...SESSION_OPTIONS, executionProviders: providers };
    return typeof model === 'string' ? Session.create(model, options) : Session.create(model, options);
  };
  try {
    return { session: await create(device === 'gpu' ? ['cuda', 'cpu'] : ['cpu']), Tensor };
  } catch (error) {
    const failure: WorkerFailure = { code: 'MODEL_LOAD', message: `onnxruntime cannot load the model: ${reasonOf(error)}` };
    if (device === 'cpu') return failure;
    return (await loadsOnCpu(create)) ? noGpu(error) : failure;
  }
}

async function loadsOnCpu(create: (providers: string[]) => Promise<InferenceSession>): Promise<boolean> {
  try {
    await (await create(['cpu'])).release();
    return true;
  } catch {
    return false;
  }
}

function noGpu(error: unknown): WorkerFailure {
  return {
    code: 'INVALID_OPTION',
    message: `option "gpu" is "true", but the CUDA execution provider of onnxruntime is not available here: ${reasonOf(error)}`,
    notes: [
      "set 'gpu' = 'false', or install CUDA 12 and the CUDA files of onnxruntime with: npm install onnxruntime-node --onnxruntime-node-install=cuda12",
    ],
  };
}

function missingPackage(packageName: string, error: unknown): WorkerFailure {
  const isAbsent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return {
    code: 'MISSING_PACKAGE',
    message: isAbsent
      ? `'runtime' = 'onnx' needs the package "${packageName}"`
      : `the package "${packageName}" cannot be loaded on ${process.platform}/${process.arch}: ${reasonOf(error)}`,
    notes: [
      `npm install ${packageName}`,
      `on Linux x64 without the download of CUDA files: ONNXRUNTIME_NODE_INSTALL=skip npm install ${packageName}`,
    ],
  };
}

await serve(parentPort!, workerData as OnnxWorkerStart);
