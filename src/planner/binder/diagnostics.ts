import { type MillraceError, MillraceErrors } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { toPlanningError } from './plan-limits.js';

/** Gathers the problems of one statement, so that all of them are reported at once. */
export class Diagnostics {
  readonly #errors: MillraceError[] = [];

  /** Keeps a problem; one that is there already, since it hid what stands around it, is kept once. */
  add(error: MillraceError): void {
    if (!this.#errors.includes(error)) this.#errors.push(error);
  }

  /** Runs `bind`; a problem is kept, placed at `span` if it has no place, and `undefined` comes back. */
  attempt<T>(span: Span, bind: () => T): T | undefined {
    try {
      return bind();
    } catch (thrown) {
      if (thrown instanceof MillraceErrors) for (const error of thrown.errors) this.add(error.at(span));
      else this.add(toPlanningError(thrown).at(span));
      return undefined;
    }
  }

  /** @throws {MillraceErrors} when there were problems, in the order of the text. */
  check(): void {
    if (this.#errors.length === 0) return;
    throw new MillraceErrors(this.#errors.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0)));
  }
}
