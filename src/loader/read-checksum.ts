import { MillraceError } from '../common/error.js';
import type { ModelLocation, Observation } from './locations/location.js';

const SUFFIX = '.sha256';

/**
 * The SHA-256 that a file beside the model says it has: `<model>.sha256`, as `sha256sum` writes it, or the digits alone.
 *
 * @returns `undefined` where there is none.
 * @throws {MillraceError} `MODEL_LOAD` for a file that holds no checksum; as `ModelLocation.observe` where the place does not answer.
 */
export async function readChecksum(location: ModelLocation, { kind }: Observation, signal: AbortSignal): Promise<string | undefined> {
  // A folder of this machine has neighbours that are no business of a model.
  if (kind === 'folder') return undefined;
  const text = await location.readBeside(SUFFIX, signal);
  // Pages that say in their own way that there is nothing.
  if (text === undefined || /^\s*</.test(text)) return undefined;
  const found = /^\s*\\?([0-9a-fA-F]{64})(\s|$)/.exec(text)?.[1];
  if (found !== undefined) return found.toLowerCase();
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `"${location.address}${SUFFIX}" stands beside the model and holds no SHA-256`,
    notes: [{ message: 'write it with sha256sum, or remove it' }],
  });
}
