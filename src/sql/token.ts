import type { MillraceError } from '../common/error.js';
import type { Span } from '../common/span.js';

/**
 * `word` is a keyword or a name without quotes, `symbol` an operator or bracket, `end` follows the last token, and
 * `error` stands for text that is no token: whoever comes to it throws its error.
 */
export type TokenKind = 'word' | 'quoted-name' | 'string' | 'binary' | 'number' | 'symbol' | 'end' | 'error';

export interface Token {
  readonly kind: TokenKind;
  /** What the grammar compares: a word in upper case, a symbol as it is, and empty for everything else. */
  readonly key: string;
  /** The name, the value of the string, the hexadecimal digits, the number as written, or the symbol. */
  readonly value: string;
  readonly span: Span;
  readonly error: MillraceError | undefined;
}
