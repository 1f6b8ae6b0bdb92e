import { createContext, Script } from 'node:vm';

/**
 * Ends work that takes too long: a regular expression of a tokenizer.json can take years over a text that was made for it, and
 * nothing else interrupts one in its thread.
 */
export class TimeLimit {
  readonly #holder: { work: () => void } = { work: () => {} };
  readonly #context = createContext(this.#holder);
  readonly #script = new Script('work()');

  /**
   * @param milliseconds of wall-clock time.
   * @returns `undefined` where it was not done by then; it has no effects after that.
   */
  run<Result>(work: () => Result, milliseconds: number): { readonly result: Result } | undefined {
    let outcome: { readonly result: Result } | undefined;
    this.#holder.work = () => {
      outcome = { result: work() };
    };
    try {
      this.#script.runInContext(this.#context, { timeout: milliseconds });
    } catch (error) {
      if (isTimeout(error)) return undefined;
      throw error;
    }
    return outcome;
  }
}

function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
