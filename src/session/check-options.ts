import { MillraceError } from '../common/error.js';
import type { OptionSpans, Span } from '../common/span.js';
import type { OptionPair } from '../sql/ast/identifier.js';

/** Where each option is written. */
export function spansOf(pairs: readonly OptionPair[]): OptionSpans {
  return new Map(pairs.map(pair => [pair.key, { key: pair.keySpan, value: pair.valueSpan }]));
}

/** Throws an error on, placed at `span` where it has no place. */
export function placedAt(span: Span): (thrown: unknown) => never {
  return thrown => {
    throw MillraceError.is(thrown) ? thrown.at(span) : thrown;
  };
}
