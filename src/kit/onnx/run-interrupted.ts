/** A run that did not fail because of its rows, so that fewer of them would do no better; `cause` is what happened. */
export class RunInterrupted extends Error {
  constructor(cause: unknown) {
    super('the run was interrupted', { cause });
  }
}
