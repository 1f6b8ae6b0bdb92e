import type { LoadedModel } from '../spec/model-runtime.js';

/** What became of a version of a model. A load that is under way has no `OpenedModel` yet. */
export type OpenedState =
  /** It is lent to whoever asks. */
  | 'ready'
  /** A newer version took its place; it is closed when the last user gives it back. */
  | 'draining'
  | 'closed';

export interface OpenedModelInit {
  readonly model: LoadedModel;
  /** SHA-256 of its files, where they were kept. */
  readonly content: string | undefined;
  /** Gives the files back. */
  readonly releaseFiles: () => Promise<void>;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  /** Called when nobody uses it any more. */
  readonly onIdle: () => void;
}

/** A version of a model in memory, with the count of those who use it: while there are any, it is not closed. */
export class OpenedModel {
  readonly model: LoadedModel;
  readonly content: string | undefined;
  readonly #init: OpenedModelInit;
  #state: OpenedState = 'ready';
  #users = 0;
  #usedAt: number;
  #closing: Promise<void> | undefined;

  constructor(init: OpenedModelInit) {
    this.model = init.model;
    this.content = init.content;
    this.#init = init;
    this.#usedAt = init.now();
  }

  get state(): OpenedState {
    return this.#state;
  }

  get isIdle(): boolean {
    return this.#users === 0;
  }

  /** Wall clock in milliseconds of the last use. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** @returns the function that gives it back, of which a second call does nothing; `undefined` once it is closed. */
  lend(): (() => Promise<void>) | undefined {
    if (this.#state === 'closed') return undefined;
    this.#users++;
    let isBack = false;
    return async () => {
      if (isBack) return;
      isBack = true;
      this.#users--;
      this.#usedAt = this.#init.now();
      if (this.#users > 0) return;
      if (this.#state === 'draining') await this.close();
      else this.#init.onIdle();
    };
  }

  /** Lets those who use it finish, and takes it from those who come. */
  async drain(): Promise<void> {
    if (this.#state !== 'ready') return;
    this.#state = 'draining';
    if (this.#users === 0) await this.close();
  }

  close(): Promise<void> {
    this.#state = 'closed';
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      await this.model.close();
    } finally {
      await this.#init.releaseFiles();
    }
  }
}
