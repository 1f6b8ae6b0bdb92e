import { MillraceError } from '../common/error.js';
import { viewModelFile } from '../kit/view-model-file.js';
import type { LoadedModel, ModelFileRequest, ModelFileView, ModelHandle, ModelRuntime } from '../spec/model-runtime.js';
import { findRuntime } from './find-runtime.js';
import { localPath } from './local-path.js';
import { optionsOf, type GivenRuntimeOptions } from './runtime-options.js';

export interface ModelLoaderInit {
  /** All there are; called when the first model is opened. */
  readonly runtimes: () => Promise<readonly ModelRuntime[]>;
}

const NO_OPTIONS: GivenRuntimeOptions = { values: {}, written: new Set() };

/** Name of the runtime that runs a file by Python in a process of its own. */
const SIDECAR = 'sidecar';

/** Finds, reads and loads model files. */
export class ModelLoader {
  readonly #runtimes: () => Promise<readonly ModelRuntime[]>;

  constructor({ runtimes }: ModelLoaderInit) {
    this.#runtimes = runtimes;
  }

  /** @throws {MillraceError} as `OpenModelFile`. */
  async open(request: ModelFileRequest, options: GivenRuntimeOptions = NO_OPTIONS): Promise<ModelHandle> {
    const runtimes = await this.#runtimes();
    const file = await viewModelFile(localPath(request.address));
    const model = await load(request, { file, options, runtimes });
    return { model, release: () => model.close() };
  }
}

interface Loading {
  readonly file: ModelFileView;
  readonly options: GivenRuntimeOptions;
  readonly runtimes: readonly ModelRuntime[];
}

async function load(
  { name, format, mode, threads, device, declaredInputs }: ModelFileRequest,
  { file, options, runtimes }: Loading,
): Promise<LoadedModel> {
  const native = runtimes.filter(runtime => runtime.name !== SIDECAR);
  const found = findRuntime(native, format, file);
  const runtime = mode === 'native' ? found : runtimes.find(each => each.name === SIDECAR);
  if (!runtime) throw new MillraceError({ code: 'UNKNOWN_EXTENSION', message: 'there is no runtime "sidecar"' });
  return runtime.open({
    name,
    file,
    format: mode === 'native' ? format : found.name,
    options: optionsOf(runtime, options, runtimes),
    threads,
    device,
    declaredInputs,
  });
}
