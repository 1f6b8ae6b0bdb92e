import { resolve } from 'node:path';
import { bindColumns, type ModelColumns, type PredictColumns } from '../kit/model-columns/bind-columns.js';
import { viewModelFile } from '../kit/view-model-file.js';
import type { LoadedModel, ModelInput, ModelRuntime } from '../spec/model-runtime.js';

export interface RuntimeUnderTest extends ModelColumns {
  readonly runtime: ModelRuntime;
  /** Of the model file or folder; relative to the working directory. */
  readonly path: string;
  /** As written in SQL. */
  readonly options?: Readonly<Record<string, string>>;
  readonly format?: string | undefined;
  readonly threads?: number;
  readonly device?: 'cpu' | 'gpu';
  readonly declaredInputs?: readonly ModelInput[] | undefined;
}

/** A model file that speaks in columns. */
export interface OpenedRuntime {
  readonly version: string;
  readonly model: LoadedModel;
  readonly predict: PredictColumns;
  close(): Promise<void>;
}

/** Opens a model file as `'provider' = 'local'` does, for tests of runtimes. @throws {MillraceError} as that does. */
export async function openRuntime({ runtime, path, options = {}, ...given }: RuntimeUnderTest): Promise<OpenedRuntime> {
  const model = await runtime.open({
    name: 'm',
    file: await viewModelFile(resolve(path)),
    format: given.format,
    options: runtime.options.parse(options),
    threads: given.threads ?? 1,
    device: given.device ?? 'cpu',
    declaredInputs: given.declaredInputs,
  });
  try {
    return { version: model.version, model, predict: await bindColumns(model, given), close: () => model.close() };
  } catch (thrown) {
    await model.close();
    throw thrown;
  }
}
