import { MillraceError, type Note } from '../../common/error.js';

/** The ways to run a model that this runtime refuses; notes of every refusal of a model that is sound but unsupported. */
export const OTHER_WAYS: readonly Note[] = [
  { message: "'runtime.mode' = 'sidecar' runs it in a Python worker with the torch of your environment" },
  { message: "'provider' = 'triton' asks a Triton server that serves it" },
];

/** The file is not a sound TorchScript archive: damaged, hostile, or another format. */
export function damaged(message: string, notes: readonly Note[] = []): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message, notes });
}

/** The file is sound, and holds something that only PyTorch itself can run. */
export function unsupported(message: string, notes: readonly Note[] = []): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message, notes: [...notes, ...OTHER_WAYS] });
}
