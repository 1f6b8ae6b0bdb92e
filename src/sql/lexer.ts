import { MillraceError, type Note } from '../common/error.js';
import type { ErrorCode } from '../common/error-codes.js';
import type { Span } from '../common/span.js';
import { decodeCEscapes, decodeUnicodeEscapes } from './escapes.js';
import type { Token, TokenKind } from './token.js';

/** Longest first, so that the first that fits is the one. */
const SYMBOLS = ['...', '<=>', '=>', '||', '<>', '!=', '<=', '>=', '==', '::', '->', '&&'] as const;

/** The characters that begin a symbol of several. */
const LONG_SYMBOL_STARTS = '.<=|>!-:&';

const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const BLANK = /\s+/y;
const ESCAPE_CLAUSE = /\s*uescape\s*'([^']|'')'/iy;

const BACK_TICK_NOTE = { message: 'names are quoted with back-ticks, strings with single quotes' };

/**
 * The tokens of a text, closed by one of kind `end`.
 *
 * White space and comments are left out; `/*+` and the end of such a hint are symbols, with the tokens of the hint between
 * them. Never throws: what is no token becomes one of kind `error`.
 */
export function lex(source: string): readonly Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #offset = 0;
  /** Where the hint comment starts that the lexer is in. */
  #hintStart: number | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  run(): readonly Token[] {
    const { length } = this.#source;
    while (this.#offset < length) this.#next();
    if (this.#hintStart !== undefined) this.#dropHint(this.#hintStart);
    const end = this.#tokens.at(-1)?.span.end ?? 0;
    this.#tokens.push({ kind: 'end', key: '', value: '', span: { start: end, end }, error: undefined });
    return this.#tokens;
  }

  #next(): void {
    const source = this.#source;
    const start = this.#offset;
    const first = source.charCodeAt(start);
    if (first === 0x20 || (first >= 0x09 && first <= 0x0d)) {
      this.#offset++;
    } else if (isWordStart(first)) {
      if (!this.#prefixedString(start)) this.#word();
    } else if (isDigit(first) || (first === 0x2e && isDigit(source.charCodeAt(start + 1)))) {
      this.#number();
    } else {
      this.#other(source[start]!, source[start + 1]);
    }
  }

  #other(first: string, second: string | undefined): void {
    switch (first) {
      case "'":
        this.#string(this.#offset, 'string');
        return;
      case '`':
        this.#quotedName();
        return;
      case '"':
        this.#doubleQuoted();
        return;
      case '-':
        if (second !== '-') break;
        this.#skipTo('\n');
        return;
      case '/':
        if (second === '/') this.#skipTo('\n');
        else if (second === '*') this.#comment();
        else break;
        return;
      case '*':
        if (second !== '/' || this.#hintStart === undefined) break;
        this.#hintStart = undefined;
        this.#push('symbol', '*/', 2);
        return;
    }
    if (first.charCodeAt(0) > 0x7f) this.#beyondAscii(first);
    else this.#symbol(first);
  }

  #symbol(first: string): void {
    const long = LONG_SYMBOL_STARTS.includes(first) ? SYMBOLS.find(each => this.#source.startsWith(each, this.#offset)) : undefined;
    const symbol = long ?? first;
    this.#push('symbol', symbol, symbol.length);
  }

  /** A letter outside ASCII starts a name; white space is skipped; quotes and dots of typesetting are told apart. */
  #beyondAscii(first: string): void {
    const start = this.#offset;
    if (this.#skip(BLANK) || first === '\ufeff' || first === '\u200b') {
      this.#offset = Math.max(this.#offset, start + 1);
    } else if (first === '…') {
      this.#push('symbol', '...', 1);
    } else if (/[‘’“”„«»]/.test(first)) {
      this.#fail(start, start + 1, {
        message: `"${first}" is a quote of typesetting`,
        notes: [{ message: "write ' around strings and back-ticks around names" }],
      });
    } else if (this.#match(WORD) !== undefined) {
      this.#word();
    } else {
      const character = String.fromCodePoint(this.#source.codePointAt(start)!);
      this.#push('symbol', character, character.length);
    }
  }

  #word(): void {
    const source = this.#source;
    let end = this.#offset;
    while (isWordPart(source.charCodeAt(end))) end++;
    // Upper case is for keywords; a word beyond ASCII is none, and some of its letters have none or another one.
    const isAscii = !(source.charCodeAt(end) > 0x7f);
    const text = isAscii ? source.slice(this.#offset, end) : this.#match(WORD)!;
    this.#tokens.push({
      kind: 'word',
      key: isAscii ? text.toUpperCase() : text,
      value: text,
      span: this.#take(text.length),
      error: undefined,
    });
  }

  #number(): void {
    const start = this.#offset;
    const text = this.#match(NUMBER)!;
    const after = this.#source.charCodeAt(start + text.length);
    if (isWordStart(after)) {
      const word = /^[\p{L}\p{N}_$.]*/u.exec(this.#source.slice(start + text.length))![0];
      const whole = text + word;
      this.#fail(start, start + whole.length, {
        message: `"${whole}" is neither a number nor a name`,
        notes: [{ message: `a name that starts with a digit is written in back-ticks: \`${whole}\`` }],
      });
      return;
    }
    const pointless = after === 0x2e && this.#source.charCodeAt(start + text.length + 1) !== 0x2e && !text.includes('.');
    if (pointless) {
      this.#fail(start, start + text.length + 1, {
        message: `"${text}." lacks a digit after the point`,
        notes: [{ message: `write ${text} or ${text}.0` }],
      });
      return;
    }
    this.#tokens.push({ kind: 'number', key: '', value: text, span: this.#take(text.length), error: undefined });
  }

  /** `X'0AFF'`, `U&'\263A' [UESCAPE 'c']` and `E'\n'`; false where the word is none of their prefixes. */
  #prefixedString(start: number): boolean {
    const second = this.#source.charCodeAt(start + 1);
    if (second !== 0x27 && second !== 0x26) return false;
    const prefix = this.#source[start]!.toUpperCase();
    if (second === 0x27 && prefix === 'X') return this.#string(start, 'binary', 1);
    if (second === 0x27 && prefix === 'E') return this.#string(start, 'c-escaped', 1);
    if (prefix === 'U' && this.#source[start + 2] === "'") return this.#string(start, 'unicode', 2);
    return false;
  }

  #string(start: number, form: 'string' | 'binary' | 'c-escaped' | 'unicode', prefixLength = 0): true {
    const open = start + prefixLength;
    const raw = this.#quoted(open, "'", form === 'c-escaped');
    if (raw === undefined) {
      this.#unterminated('string', start, prefixLength + 1, "a quote inside a string is written twice: ''");
      return true;
    }
    const close = open + raw.length + 2;
    const text = raw.replaceAll("''", "'");
    if (form === 'string') {
      this.#tokens.push({ kind: 'string', key: '', value: text, span: this.#take(close - start), error: undefined });
    } else if (form === 'binary') {
      this.#binary(start, close, raw);
    } else if (form === 'c-escaped') {
      this.#decoded(start, close, decodeCEscapes(text));
    } else {
      this.#offset = close;
      const escape = this.#match(ESCAPE_CLAUSE);
      this.#decoded(start, close + (escape?.length ?? 0), decodeUnicodeEscapes(text, escape === undefined ? '\\' : escape.at(-2)!));
    }
    return true;
  }

  #decoded(start: number, end: number, value: string | undefined): void {
    if (value === undefined) {
      this.#fail(start, end, {
        message: 'the string has an escape that stands for no character',
        notes: [{ message: "write U&'\\263A' with four digits, U&'\\+01F600' with six, or E'\\n'" }],
      });
      return;
    }
    this.#offset = end;
    this.#tokens.push({ kind: 'string', key: '', value, span: { start, end }, error: undefined });
  }

  #binary(start: number, end: number, digits: string): void {
    if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
      this.#fail(start, end, {
        code: 'INVALID_LITERAL',
        message: "X'…' takes an even number of hexadecimal digits",
        notes: [{ message: "write X'0AFF'" }],
      });
      return;
    }
    this.#offset = end;
    this.#tokens.push({ kind: 'binary', key: '', value: digits, span: { start, end }, error: undefined });
  }

  #quotedName(): void {
    const start = this.#offset;
    const raw = this.#quoted(start, '`', false);
    if (raw === undefined) {
      this.#unterminated('quoted name', start, 1);
    } else if (raw === '') {
      this.#fail(start, start + 2, { message: 'a quoted name is empty' });
    } else {
      this.#tokens.push({
        kind: 'quoted-name',
        key: '',
        value: raw.replaceAll('``', '`'),
        span: this.#take(raw.length + 2),
        error: undefined,
      });
    }
  }

  #doubleQuoted(): void {
    const start = this.#offset;
    const raw = this.#quoted(start, '"', false);
    const end = raw === undefined || raw.includes('\n') ? start + 1 : start + raw.length + 2;
    this.#fail(start, end, { message: 'double quotes have no meaning here', notes: [BACK_TICK_NOTE] });
  }

  /** What stands between two `quote` marks, with doubled marks as written; `undefined` where the second is missing. */
  #quoted(open: number, quote: string, backslashEscapes: boolean): string | undefined {
    const source = this.#source;
    let from = open + 1;
    for (;;) {
      const close = source.indexOf(quote, from);
      if (close === -1) return undefined;
      if (backslashEscapes && isEscaped(source, open + 1, close)) from = close + 1;
      else if (source[close + 1] === quote) from = close + 2;
      else return source.slice(open + 1, close);
    }
  }

  #comment(): void {
    const start = this.#offset;
    if (this.#source[start + 2] === '+' && this.#hintStart === undefined) {
      this.#hintStart = start;
      this.#push('symbol', '/*+', 3);
      return;
    }
    const end = this.#source.indexOf('*/', start + 2);
    if (end === -1) this.#unterminated('comment', start, 2);
    else this.#offset = end + 2;
  }

  /** Without its end, a hint would swallow the rest of the text. */
  #dropHint(start: number): void {
    this.#tokens.length = this.#tokens.findLastIndex(token => token.span.start === start);
    this.#unterminated('hint comment', start, 3);
  }

  #unterminated(what: string, start: number, length: number, note?: string): void {
    this.#fail(start, start + length, {
      code: 'UNTERMINATED',
      message: `the ${what} that starts here does not end`,
      notes: note === undefined ? [] : [{ message: note }],
    });
    this.#offset = this.#source.length;
  }

  #fail(
    start: number,
    end: number,
    error: { readonly code?: ErrorCode; readonly message: string; readonly notes?: readonly Note[] },
  ): void {
    const span = { start, end };
    this.#tokens.push({ kind: 'error', key: '', value: '', span, error: new MillraceError({ code: 'SYNTAX', span, ...error }) });
    this.#offset = end;
  }

  #push(kind: TokenKind, key: string, length: number): void {
    this.#tokens.push({ kind, key, value: key, span: this.#take(length), error: undefined });
  }

  #take(length: number): Span {
    const start = this.#offset;
    this.#offset = start + length;
    return { start, end: this.#offset };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#source)?.[0];
  }

  #skip(pattern: RegExp): boolean {
    const text = this.#match(pattern);
    this.#offset += text?.length ?? 0;
    return text !== undefined;
  }

  #skipTo(mark: string): void {
    const at = this.#source.indexOf(mark, this.#offset);
    this.#offset = at === -1 ? this.#source.length : at;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** ASCII letters, `_` and `$`; other letters are looked at one by one. */
function isWordStart(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f || code === 0x24;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code);
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(source: string, from: number, at: number): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= from && source[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
