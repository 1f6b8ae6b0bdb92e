import { MillraceError } from '../../../common/error.js';

/** A place in the text of a JSON path. */
export class PathCursor {
  /** What is read; it starts with `$` or `@`. */
  readonly text: string;
  /** Where the next character stands. */
  at = 0;
  readonly #written: string;

  /** @param written the path as its author wrote it, for messages. */
  constructor(text: string, written: string) {
    this.text = text;
    this.#written = written;
  }

  isEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character; empty at the end. */
  peek(): string {
    return this.text[this.at] ?? '';
  }

  accept(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token))
      throw this.fail(`"${token}" is missing${this.isEnd() ? ' at its end' : ` before "${this.text.slice(this.at)}"`}`);
  }

  skipSpace(): void {
    while (/\s/.test(this.peek())) this.at++;
  }

  /** What a sticky pattern finds at this place, read. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** A name without quotes; empty where none stands here. */
  name(): string {
    const name = this.match(/[^\s.[\]()=!<>&|,'"]+/y) ?? '';
    if (this.peek() === ' ' && /^\s*[^\s=!<>&|)\]a-z]/.test(this.text.slice(this.at))) {
      throw this.fail("a name with spaces stands in brackets and quotes, as in ['my name']");
    }
    return name;
  }

  integer(): number | undefined {
    const digits = this.match(/-?\d+/y);
    return digits === undefined ? undefined : Number(digits);
  }

  /** A text in single or double quotes; a backslash takes the next character as it is. */
  quoted(): string {
    const quote = this.peek();
    if (quote !== "'" && quote !== '"') throw this.fail('a name in quotes is missing');
    let value = '';
    for (this.at++; this.peek() !== quote; this.at++) {
      if (this.isEnd()) throw this.fail('a quote is not closed');
      if (this.peek() === '\\') this.at++;
      value += this.peek();
    }
    this.at++;
    return value;
  }

  /** `INVALID_ARGUMENT` for the whole path. */
  fail(reason: string): MillraceError {
    return new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${this.#written}" is not a JSON path: ${reason}`,
      notes: [{ message: "write a path such as '$.a.b[0]', 'lax $.a[*].b' or '$[''a b'']'" }],
    });
  }
}
