import type { InferenceSession } from 'onnxruntime-node';
import { reasonOf, type OpenSession } from './session-run.js';
import type { WorkerFailure } from '../worker-pool.js';
import type { OnnxWorkerStart } from './worker-protocol.js';

type Runtime = typeof import('onnxruntime-node');

// Both thread counts are 1: with more, sums are grouped by the batch, and a row's answer depends on its neighbours.
// Fatal only: what goes wrong is reported by errors, and onnxruntime would write it to stderr too.
const SESSION_OPTIONS: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 };

/** Loads onnxruntime and the model, in the thread that will run it; or tells why not. */
export async function openSession({ packageName, model, device }: OnnxWorkerStart): Promise<OpenSession | WorkerFailure> {
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
