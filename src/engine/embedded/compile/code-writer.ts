/**
 * JavaScript in the making: statements in order, names that do not clash, and values of this process that the code
 * refers to by name.
 */
export class CodeWriter {
  readonly #lines: string[] = [];
  readonly #bound = new Map<string, unknown>();
  #indent = '  ';
  #next = 0;

  /** A name that no other code of this writer uses. */
  fresh(prefix: string): string {
    return `${prefix}${this.#next++}`;
  }

  line(text: string): void {
    this.#lines.push(this.#indent + text);
  }

  /** `head {`, the lines that `body` writes, `}`. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#indent += '  ';
    body();
    this.#indent = this.#indent.slice(2);
    this.line('}');
  }

  /** Makes `value` known to the code under a new name. */
  bind(prefix: string, value: unknown): string {
    const name = this.fresh(prefix);
    this.#bound.set(name, value);
    return name;
  }

  /** Makes helpers known under their own names, which mean the same everywhere. */
  bindHelpers(helpers: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(helpers)) this.#bound.set(name, value);
  }

  /** The function whose body was written. Its parameters are named as the code names them. */
  compile<Fn>(parameters: readonly string[]): Fn {
    const body = `'use strict';\nreturn (${parameters.join(', ')}) => {\n${this.#lines.join('\n')}\n};`;
    // The text is made of names and literals of our own; strings of the user enter it only as bound values.
    const factory = new Function(...this.#bound.keys(), body) as (...values: unknown[]) => Fn;
    return factory(...this.#bound.values());
  }
}
