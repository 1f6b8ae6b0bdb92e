import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { asElementType } from '../../spec/element-type.js';
import { defineRuntime, type ModelInput } from '../../spec/model-runtime.js';
import { hashContent } from './hash-content.js';
import { sidecarModel } from './sidecar-model.js';
import { sidecarOptions } from './sidecar-options.js';
import { SidecarPool } from './sidecar-pool.js';
import type { LoadedMessage } from './sidecar-protocol.js';

/** What Python runs, by the name of the runtime that would run it here. */
const FRAMEWORKS: readonly string[] = ['pytorch', 'tensorflow'];

/**
 * Runs what PyTorch and TensorFlow saved with these frameworks themselves, in Python processes of the user's own
 * environment. It is chosen by `'runtime.mode' = 'sidecar'`, and recognizes no file by itself.
 */
export const sidecar = defineRuntime({
  name: 'sidecar',
  formats: [],
  options: sidecarOptions,
  recognizes: () => false,
  async open({ file, format, options, threads, device, declaredInputs }) {
    if (format === undefined || !FRAMEWORKS.includes(format)) throw otherFormat(format);
    if (process.platform === 'win32')
      throw new MillraceError({ code: 'INVALID_OPTION', message: 'option "runtime.mode" is "sidecar", which needs Linux or macOS' });
    const signature = options['sidecar.signature'] ?? null;
    const pool = await SidecarPool.open({
      workers: threads,
      python: options['sidecar.python'],
      load: { kind: 'load', framework: format, path: file.path, device, threads: options['sidecar.threads'], signature },
      environment: options['sidecar.environment'] ?? {},
      startTimeoutMs: options['sidecar.start-timeout'],
      memoryLimit: options['sidecar.memory-limit'],
      maxRestarts: options['sidecar.max-restarts'],
      clock: systemClock,
    });
    const version = await hashContent(file);
    return sidecarModel({ pool, version, inputs: declaredInputs ?? inputsOf(pool.first.loaded) });
  },
});

function inputsOf({ inputs }: LoadedMessage): ModelInput[] {
  return inputs.map(({ name, element, shape }) => ({
    name,
    element: element === null ? undefined : asElementType(element),
    shape: shape?.map(size => (size < 0 ? undefined : size)),
  }));
}

function otherFormat(format: string | undefined): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "runtime.mode" is "sidecar", where Python runs ${FRAMEWORKS.join(' and ')}${format === undefined ? '' : `, not ${format}`}`,
    notes: [{ message: "remove 'runtime.mode': Millrace runs such files itself" }],
  });
}
