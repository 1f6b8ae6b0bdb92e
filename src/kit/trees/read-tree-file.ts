import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MillraceError } from '../../common/error.js';
import type { RuntimeContext } from '../../spec/model-runtime.js';

/**
 * The bytes of a model of trees, and the version that they have.
 *
 * @param library whose model it is, for messages.
 * @throws {MillraceError} `INVALID_OPTION` for options that such models do not know, `MODEL_LOAD` for a folder.
 */
export async function readTreeFile(
  { file, device, declaredInputs }: Pick<RuntimeContext<unknown>, 'file' | 'device' | 'declaredInputs'>,
  library: string,
): Promise<{ readonly bytes: Uint8Array; readonly version: string }> {
  const refuse = (message: string): never => {
    throw new MillraceError({ code: 'INVALID_OPTION', message });
  };
  if (device === 'gpu') refuse(`option "gpu" is true, and models of ${library} are run on the CPU`);
  if (declaredInputs) refuse(`option "model.inputs" is set, but a file of ${library} tells itself what it takes`);
  if (file.entries) throw new MillraceError({ code: 'MODEL_LOAD', message: `"${file.path}" is a folder, not a file of ${library}` });
  const bytes = await readFile(file.path);
  return { bytes, version: createHash('sha256').update(bytes).digest('hex').slice(0, 12) };
}
