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
      this.#keep(thrown, span);
      return undefined;
    }
  }

  /**
   * Binds every item, so that a problem of one does not hide those of the next.
   *
   * @throws {MillraceError | MillraceErrors} when one of them had a problem: those that were gathered so far.
   */
  all<Item extends { readonly span: Span }, T>(items: readonly Item[], bind: (item: Item) => T): T[] {
    const bound: T[] = [];
    // Without a function of its own for each item: operands of operands are bound within each other, up to a thousand deep.
    for (const item of items) {
      try {
        bound.push(bind(item));
      } catch (thrown) {
        this.#keep(thrown, item.span);
      }
    }
    if (bound.length < items.length) throw this.#gathered();
    return bound;
  }

  /** What `bind` gives. @throws {MillraceError | MillraceErrors} when there were problems, in it or before. */
  whole<T>(span: Span, bind: () => T): T {
    const [bound] = this.all([{ span }], bind);
    if (this.#errors.length > 0) throw this.#gathered();
    return bound!;
  }

  /** @throws {MillraceErrors} when there were problems, in the order of the text; whoever catches it has them then. */
  check(): void {
    if (this.#errors.length > 0) throw new MillraceErrors(this.#taken());
  }

  #keep(thrown: unknown, span: Span): void {
    if (thrown instanceof MillraceErrors) for (const error of thrown.errors) this.add(error.at(span));
    else this.add(toPlanningError(thrown).at(span));
  }

  #gathered(): MillraceError | MillraceErrors {
    const errors = this.#taken();
    return errors.length === 1 ? errors[0]! : new MillraceErrors(errors);
  }

  #taken(): MillraceError[] {
    return this.#errors.splice(0).toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  }
}
