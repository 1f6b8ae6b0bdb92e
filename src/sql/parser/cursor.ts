import type { ErrorCode } from '../../common/error-codes.js';
import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { Expression } from '../ast/expression.js';
import type { Query } from '../ast/query.js';
import { isUsableAsName } from '../keywords.js';
import { lex } from '../lexer.js';
import type { Token } from '../token.js';
import { closingBrackets } from './brackets.js';
import { unexpected, type Wanted } from './unexpected.js';

/** Deepest nesting that is read; the tree is walked by recursion, here and by everyone after. */
const MAX_DEPTH = 200;
/** Longest chain of operators, joins or set operations; a chain of n is a tree n levels deep. */
const MAX_CHAIN = 1_000;
/** Levels of the highest tree: a chain within a chain is as high as both together. */
const MAX_HEIGHT = MAX_DEPTH + MAX_CHAIN;

/**
 * The productions that contain each other. `parser.ts` ties them together, so that no file of this folder imports in a
 * circle: those below take them from the cursor.
 */
export interface Grammar {
  readonly expression: (cursor: Cursor) => Expression;
  /** An expression without predicates and logic: where IN and AND mean something else. */
  readonly additive: (cursor: Cursor) => Expression;
  readonly query: (cursor: Cursor) => Query;
}

/** A name without quotes that stands where, had it been spelled right, a keyword would stand. */
interface BareAlias {
  readonly token: Token;
  readonly keywords: readonly string[];
}

/** Where the parser is in the tokens of a text. Every parser function moves it over what it reads. */
export class Cursor {
  readonly source: string;
  readonly grammar: Grammar;
  /** Errors that the parser got over, in the order of the text. */
  readonly errors: MillraceError[] = [];
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  /** Levels of the highest tree read so far within the innermost `nested` or `chain`. */
  #height = 0;
  #bareAlias: BareAlias | undefined;
  #closing: Int32Array | undefined;

  constructor(source: string, grammar: Grammar) {
    this.source = source;
    this.grammar = grammar;
    this.#tokens = lex(source);
  }

  /** The token to be read next. */
  get token(): Token {
    return this.#tokens[this.#index]!;
  }

  /** The token read last; before the first one, the first. */
  get previous(): Token {
    return this.#tokens[Math.max(0, this.#index - 1)]!;
  }

  /** Offset where the next token starts. */
  get start(): number {
    return this.token.span.start;
  }

  /** The token `ahead` places after the next one; past the end, the last. */
  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)]!;
  }

  /** Whether a line break stands before the next token. */
  get isOnNewLine(): boolean {
    return this.source.slice(this.previous.span.end, this.start).includes('\n');
  }

  /** Whether the next token is this word or symbol. */
  is(key: string): boolean {
    return this.token.key === key;
  }

  /** Whether the next tokens are these words or symbols. */
  are(...keys: readonly string[]): boolean {
    return keys.every((key, i) => this.peek(i).key === key);
  }

  /** Moves over the next token. */
  take(): Token {
    const { token } = this;
    if (token.kind === 'error') throw this.unexpected('');
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  /** Moves over the next tokens where they are these. */
  accept(...keys: readonly string[]): boolean {
    if (!this.are(...keys)) return false;
    this.#index += keys.length;
    return true;
  }

  /** Moves over the next tokens where the first is as given; the others have to follow then: ORDER is nothing without BY. */
  acceptPhrase(...keys: readonly string[]): boolean {
    if (!this.is(keys[0]!)) return false;
    this.expect(...keys);
    return true;
  }

  /** Moves over these tokens, which have to be there. */
  expect(...keys: readonly string[]): void {
    for (const key of keys) {
      if (this.token.key !== key) throw this.unexpected(isWord(key) ? key : `"${key}"`, { keywords: isWord(key) ? [key] : [] });
      this.#index++;
    }
  }

  /** The text of a string that has to be there. */
  expectString(wanted: string, note?: string): Token {
    if (this.token.kind !== 'string') throw this.unexpected(wanted, note === undefined ? {} : { note });
    return this.take();
  }

  /** From `start` to the end of the token read last. */
  spanFrom(start: number): Span {
    return { start, end: Math.max(start, this.previous.span.end) };
  }

  /** `item {',' item}`; a comma before one of `ends` is one too many. */
  list<Item>(item: () => Item, ...ends: readonly string[]): Item[] {
    const items = [item()];
    while (this.is(',')) {
      const comma = this.take();
      const { token } = this;
      if (token.kind === 'end' || token.key === ';' || ends.includes(token.key)) throw trailingComma(comma, token);
      items.push(item());
    }
    return items;
  }

  /** `'(' item {',' item} ')'`. */
  listInBrackets<Item>(item: () => Item): Item[] {
    this.expect('(');
    const items = this.list(item, ')');
    this.closeList(')');
    return items;
  }

  /** The bracket after a list, where a missing comma is the usual mistake. */
  closeList(bracket: string): void {
    if (this.accept(bracket)) return;
    const { kind } = this.token;
    const isItem = kind === 'string' || kind === 'number' || kind === 'quoted-name' || (kind === 'word' && isUsableAsName(this.token.key));
    throw this.unexpected(`"," or "${bracket}"`, isItem ? { note: 'is a "," missing before it?' } : {});
  }

  /** Remembers that the alias read last may be a misspelled one of these keywords: the error after it says so. */
  noteBareAlias(keywords: readonly string[]): void {
    this.#bareAlias = { token: this.previous, keywords };
  }

  /** The error that the next token is not what is wanted there, such as `a table name`. */
  unexpected(what: string, more: Omit<Wanted, 'what'> = {}): MillraceError {
    const { previous, token } = this;
    const isAfterAlias = this.#index > 0 && this.#bareAlias?.token === previous;
    const isAtString = previous.kind === 'string' && token.kind === 'word' && previous.span.end === token.span.start;
    return unexpected(token, {
      what,
      ...more,
      ...(isAfterAlias && { bareAlias: this.#bareAlias! }),
      ...(isAtString && { note: "a quote inside a string is written twice: ''" }),
    });
  }

  /** An error at a place that was read, or that is to be read. */
  error({
    message,
    span,
    note,
    code = 'SYNTAX',
  }: {
    readonly message: string;
    readonly span: Span;
    readonly note?: string;
    readonly code?: ErrorCode;
  }): MillraceError {
    return new MillraceError({ code, message, span, notes: note === undefined ? [] : [{ message: note }] });
  }

  /** Reads one nested level. */
  nested<Result>(read: () => Result): Result {
    if (++this.#depth > MAX_DEPTH) throw this.#tooComplex(`the text nests more than ${MAX_DEPTH} levels deep`);
    const around = this.#height;
    this.#height = 0;
    const result = read();
    this.#depth--;
    this.#height = Math.max(around, this.#height + 1);
    return result;
  }

  /** Reads the first operand of a chain, and then links until there is none: each puts what stands before it one level deeper. */
  chain<Node>(first: () => Node, link: (left: Node) => Node | undefined): Node {
    const around = this.#height;
    this.#height = 0;
    let left = first();
    for (let length = 1; ; length++) {
      const linked = link(left);
      if (linked === undefined) break;
      if (length > MAX_CHAIN) throw this.#tooComplex(`more than ${MAX_CHAIN} operators stand in one row`);
      if (++this.#height > MAX_HEIGHT) throw this.#tooComplex(`rows of operators nest more than ${MAX_HEIGHT} levels deep`);
      left = linked;
    }
    this.#height = Math.max(around, this.#height);
    return left;
  }

  #tooComplex(message: string): MillraceError {
    const note = 'use IN for a list of values, or split the query with a WITH clause or a view';
    return this.error({ code: 'TOO_COMPLEX', message, span: this.token.span, note });
  }

  /** Whether the token `ahead` places after the next one opens a bracket that holds a query. */
  isQueryInBrackets(ahead = 0): boolean {
    const outermost = this.#index + ahead;
    let innermost = outermost;
    while (this.#tokens[innermost]!.key === '(') innermost++;
    if (innermost === outermost || !this.#isQueryAt(innermost)) return false;
    // Of ((SELECT …) …), what follows the inner bracket tells whether it is all of a query or the start of an expression or a join.
    for (let bracket = innermost - 1; bracket > outermost; bracket--) {
      if (!isQueryContinuation(this.#tokens[this.#closingOf(bracket) + 1]?.key ?? '')) return false;
    }
    return true;
  }

  /** TABLE begins a query where nothing but a name follows, else a table function or a join. */
  #isQueryAt(index: number): boolean {
    const { key } = this.#tokens[index]!;
    if (key !== 'TABLE') return key === 'SELECT' || key === 'WITH' || key === 'VALUES';
    let after = index + 2;
    while (this.#tokens[after]?.key === '.') after += 2;
    return this.#tokens[index + 1]?.key !== '(' && isQueryContinuation(this.#tokens[after]?.key ?? '');
  }

  /** The token after the bracket that closes the one that is next. */
  get afterBrackets(): Token | undefined {
    return this.#tokens[this.#closingOf(this.#index) + 1];
  }

  #closingOf(index: number): number {
    this.#closing ??= closingBrackets(this.#tokens);
    return this.#closing[index]!;
  }

  /** After an error: moves behind the next `;`, or to the end. */
  recover(): void {
    this.#depth = 0;
    this.#height = 0;
    while (this.token.kind !== 'end' && !this.is(';')) this.#index++;
    this.accept(';');
  }
}

function isWord(key: string): boolean {
  return /^[A-Z]/.test(key);
}

const QUERY_CONTINUATIONS: ReadonlySet<string> = new Set([
  ')',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'MINUS',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
]);

function isQueryContinuation(key: string): boolean {
  return QUERY_CONTINUATIONS.has(key);
}

function trailingComma(comma: Token, next: Token): MillraceError {
  const where = next.kind === 'end' ? 'the end' : next.kind === 'symbol' ? `"${next.key}"` : next.key;
  return new MillraceError({
    code: 'SYNTAX',
    message: `nothing stands between "," and ${where}`,
    span: comma.span,
    notes: [{ message: 'remove the comma, or write what is missing' }],
  });
}
