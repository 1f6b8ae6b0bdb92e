import { MillraceError } from '../../common/error.js';

/** The number, if it is a whole one of at least `least`. @throws {MillraceError} `INVALID_ARGUMENT` */
export function wholeNumber(what: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(`${what} is a whole number of at least ${least}, not ${String(value)}`);
}

/** The text, if it is one that is not empty. @throws {MillraceError} `INVALID_ARGUMENT` */
export function filledText(what: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw wrong(`${what} is a text that is not empty`);
}

/** @throws {MillraceError} `INVALID_ARGUMENT` for what was never set. */
export function required<T>(what: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw wrong(`${what} is required and was not set`);
}

export function wrong(message: string): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message });
}
