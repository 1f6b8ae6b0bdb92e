import type { Span } from '../../common/span.js';

/** One name as written, without its quotes. */
export interface Identifier {
  readonly kind: 'identifier';
  readonly name: string;
  readonly span: Span;
}

/** A name of up to three parts: `[[catalog.]database.]object`. */
export interface ObjectName {
  readonly kind: 'object-name';
  readonly parts: readonly Identifier[];
  readonly span: Span;
}

/** `'key' = 'value'` of a WITH clause, SET or hint. */
export interface OptionPair {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
}
