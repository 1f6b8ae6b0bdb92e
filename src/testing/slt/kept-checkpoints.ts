import { deserialize, serialize } from 'node:v8';
import { MillraceError } from '../../common/error.js';
import type { ExecuteOptions } from '../../session/session.js';

type OpenStore = NonNullable<ExecuteOptions['openStore']>;
type CheckpointStore = Awaited<ReturnType<OpenStore>>;

/**
 * The last checkpoint of a job, in memory, for as long as the test runs: the job's starts share it, and only bytes pass
 * from one to the next.
 */
export class KeptCheckpoints {
  readonly #onSave: () => void;
  #plan: string | undefined;
  #last: Buffer | undefined;
  #diesAfterSave = false;

  /** @param onSave called when a checkpoint has become durable. */
  constructor(onSave: () => void) {
    this.#onSave = onSave;
  }

  /** The next save makes its checkpoint durable and then fails, as if the process had died before the commit. */
  dieAfterNextSave(): void {
    this.#diesAfterSave = true;
  }

  /** @throws {MillraceError} `INTERNAL` when the job starts with another plan than before. */
  readonly open: OpenStore = ({ plan }) => {
    this.#plan ??= plan.fingerprint;
    if (this.#plan !== plan.fingerprint)
      throw new MillraceError({ code: 'INTERNAL', message: 'the statement has another plan than at its first start' });
    this.#diesAfterSave = false;
    const store: CheckpointStore = {
      isDurable: true,
      load: () => Promise.resolve(this.#last && (deserialize(this.#last) as Awaited<ReturnType<CheckpointStore['load']>>)),
      save: async checkpoint => {
        this.#last = serialize(checkpoint);
        this.#onSave();
        if (!this.#diesAfterSave) return this.#last.length;
        this.#diesAfterSave = false;
        throw new MillraceError({ code: 'INTERRUPTED', message: 'the process died after the checkpoint was durable' });
      },
      close: () => Promise.resolve(),
    };
    return Promise.resolve(store);
  };
}
