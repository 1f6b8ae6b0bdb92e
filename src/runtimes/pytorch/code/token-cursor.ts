import { damaged } from '../refusal.js';
import type { Token, TokenKind } from './lexer.js';

/** A place in the tokens of a file, with the questions a parser asks. */
export class TokenCursor {
  readonly file: string;
  readonly #tokens: readonly Token[];
  #at: number;

  constructor(tokens: readonly Token[], file: string, at = 0) {
    this.#tokens = tokens;
    this.file = file;
    this.#at = at;
  }

  get token(): Token {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1)!;
  }

  get line(): number {
    return this.token.line;
  }

  /** A second cursor at the same place. */
  fork(): TokenCursor {
    return new TokenCursor(this.#tokens, this.file, this.#at);
  }

  advance(): Token {
    const token = this.token;
    this.#at++;
    return token;
  }

  is(kind: TokenKind, text?: string): boolean {
    const token = this.token;
    return token.kind === kind && (text === undefined || token.text === text);
  }

  isSymbol(text: string): boolean {
    return this.is('symbol', text);
  }

  isWord(text: string): boolean {
    return this.is('name', text);
  }

  /** Takes the token if it is this symbol. */
  takes(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  expect(kind: TokenKind, text?: string): Token {
    if (!this.is(kind, text)) throw this.error(`expected ${text ?? kind}`);
    return this.advance();
  }

  /** Steps over a block from its `indent` to its `dedent`. */
  skipBlock(): void {
    this.expect('newline');
    this.expect('indent');
    for (let depth = 1; depth > 0;) {
      const { kind } = this.advance();
      if (kind === 'indent') depth++;
      else if (kind === 'dedent') depth--;
      else if (kind === 'end') throw this.error('unexpected end');
    }
  }

  error(problem: string): Error {
    const found = this.token.text === '' ? this.token.kind : `"${this.token.text.slice(0, 40)}"`;
    return damaged(`"code/${this.file}" of the archive, line ${this.line}: ${problem}, found ${found}`);
  }
}
