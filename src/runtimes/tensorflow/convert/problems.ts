import { MillraceError, type Note } from '../../../common/error.js';

/** Most kinds of problems that a message names. */
const LISTED = 40;

/** What in a model cannot be converted: operators, each with how many nodes it is about. */
export class Problems {
  readonly #byKind = new Map<string, Set<object>>();

  /** @param reason what about the operator; absent where nothing of it can be converted. */
  add(op: string, node: object, reason?: string): void {
    const kind = reason === undefined ? op : `${op} ${reason}`;
    const nodes = this.#byKind.get(kind) ?? new Set();
    nodes.add(node);
    this.#byKind.set(kind, nodes);
  }

  /** @throws {MillraceError} `MODEL_LOAD` with all of them, unless there are none. */
  check(signature: string): void {
    if (this.#byKind.size === 0) return;
    const kinds = [...this.#byKind].map(([kind, nodes]) => `${kind} (${nodes.size})`).toSorted();
    const more = kinds.length > LISTED ? ` and ${kinds.length - LISTED} more` : '';
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `signature "${signature}" of the SavedModel uses what cannot be run without TensorFlow: ${kinds.slice(0, LISTED).join(', ')}${more}`,
      notes: WAYS_OUT,
    });
  }
}

/** How a model is run that is refused here. */
export const WAYS_OUT: readonly Note[] = [
  { message: "'runtime.mode' = 'sidecar' runs the model in a Python process of its own, with the tensorflow that is installed there" },
  { message: "'provider' = 'triton' asks a server that runs the model, over the Open Inference Protocol" },
];
