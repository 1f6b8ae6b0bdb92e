import { ERROR_CODES, type ErrorCode, type ErrorDomain } from './error-codes.js';
import type { Span } from './span.js';

/** What the caller may do next. `afterMs` is a lower bound that the outside system asked for. */
export type RetryHint = 'never' | 'backoff' | { readonly afterMs: number };

/** An explanation or a next step, shown under the error; with a span it points into the same text. */
export interface Note {
  readonly message: string;
  readonly span?: Span;
}

/** Where in a running job an error happened; each layer adds the names it knows. */
export interface ErrorContext {
  readonly job?: string;
  readonly operator?: string;
  readonly table?: string;
  readonly connector?: string;
  readonly model?: string;
  readonly provider?: string;
  /** A split's id: a file, a partition, a shard. */
  readonly split?: string;
  /** Where in the split, in the connector's own words: `line 7, byte 412`. */
  readonly position?: string;
  /** Status of the HTTP response that caused the error. */
  readonly httpStatus?: number;
  /** Seconds or date headers that the service sent about its limits, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MillraceErrorInit {
  readonly code: ErrorCode;
  /** Lower case, no final period, names in double quotes, what is wrong before what to do. */
  readonly message: string;
  readonly retry?: RetryHint;
  readonly span?: Span;
  readonly notes?: readonly Note[];
  readonly context?: ErrorContext;
  readonly cause?: unknown;
  readonly rendered?: string;
}

// A registered symbol, so that an error from a second copy of this package is still known.
const BRAND = Symbol.for('millrace.MillraceError');

/** The one error class. Callers branch on `code`, `domain` and `retry`, never on the message. */
export class MillraceError extends Error {
  static is(value: unknown): value is MillraceError {
    return value instanceof Error && BRAND in value;
  }

  override readonly name: string = 'MillraceError';
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly domain: ErrorDomain;
  readonly retry: RetryHint;
  readonly span: Span | undefined;
  readonly notes: readonly Note[];
  readonly context: ErrorContext;
  /** The error as lines for a terminal, with its place in the text, where somebody knew the text. */
  readonly rendered: string | undefined;

  constructor(init: MillraceErrorInit) {
    super(init.message, { cause: init.cause });
    this.code = init.code;
    this.domain = ERROR_CODES[init.code].domain;
    this.retry = init.retry ?? 'never';
    this.span = init.span;
    this.notes = init.notes ?? [];
    this.context = init.context ?? {};
    this.rendered = init.rendered;
  }

  /** The same error with more context; names already set win, since the deepest layer knows best. */
  within(context: ErrorContext): MillraceError {
    return this.#copy({ context: { ...context, ...this.context } });
  }

  /** The same error pointing at `span`, unless it already points somewhere. */
  at(span: Span): MillraceError {
    return this.span === undefined ? this.#copy({ span }) : this;
  }

  /** The same error with its text for people. */
  withRendered(rendered: string): MillraceError {
    return this.#copy({ rendered });
  }

  #copy(change: Partial<MillraceErrorInit>): MillraceError {
    return new MillraceError({
      code: this.code,
      message: this.message,
      retry: this.retry,
      notes: this.notes,
      context: this.context,
      cause: this.cause,
      ...(this.rendered !== undefined && { rendered: this.rendered }),
      ...(this.span && { span: this.span }),
      ...change,
    });
  }
}

/** Several problems found in one pass over one text, in the order of the text. */
export class MillraceErrors extends AggregateError {
  override readonly name = 'MillraceErrors';
  override readonly errors: MillraceError[];

  constructor(errors: readonly MillraceError[]) {
    super(errors, errors.map(error => error.message).join('\n'));
    this.errors = [...errors];
  }
}

/** The problem as a `MillraceError`; anything foreign becomes an `INTERNAL` one with the original as its cause. */
export function toMillraceError(thrown: unknown): MillraceError {
  if (MillraceError.is(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new MillraceError({ code: 'INTERNAL', message, cause: thrown });
}
