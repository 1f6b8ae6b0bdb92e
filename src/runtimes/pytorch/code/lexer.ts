import { damaged } from '../refusal.js';

/** Where in the archive's code something stands. */
export interface CodePlace {
  /** Path below `code/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export type TokenKind = 'name' | 'number' | 'string' | 'symbol' | 'newline' | 'indent' | 'dedent' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A name, a symbol or a number as written; a string's value. */
  readonly text: string;
  readonly line: number;
}

const MAX_TOKENS = 4_000_000;
const MAX_INDENTS = 500;

const SPACE = /[ \t\r]*/y;
const NAME = /[A-Za-z_][A-Za-z_0-9]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const SYMBOL = /->|\/\/|\*\*|==|!=|<=|>=|<<|>>|\+=|-=|\*=|\/=|[-+*/%<>=()[\]{}:,.@&|^~;]/y;

/**
 * Cuts the code of a module into tokens as Python does: lines end statements except inside brackets, and leading space makes blocks.
 *
 * @throws `MODEL_LOAD` for text that is not in TorchScript's subset of Python.
 */
export function tokenize(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  const indents = [0];
  let depth = 0;
  let line = 0;
  for (const source of text.split('\n')) {
    line++;
    if (tokens.length > MAX_TOKENS) throw damaged(`"code/${file}" of the archive is longer than the limit`);
    let at = match(SPACE, source, 0).length;
    if (at === source.length || source[at] === '#') continue;
    if (depth === 0) openBlocks(at, indents, { tokens, line, file });
    while (at < source.length && source[at] !== '#') {
      const token = nextToken(source, at, { line, file });
      at = token.end;
      tokens.push({ kind: token.kind, text: token.text, line });
      if (token.kind === 'symbol') depth += BRACKETS[token.text] ?? 0;
      if (depth < 0) throw damaged(`"code/${file}" of the archive, line ${line}: a bracket closes nothing`);
      at += match(SPACE, source, at).length;
    }
    if (depth === 0) tokens.push({ kind: 'newline', text: '', line });
  }
  for (let open = 1; open < indents.length; open++) tokens.push({ kind: 'dedent', text: '', line });
  tokens.push({ kind: 'end', text: '', line });
  return tokens;
}

const BRACKETS: Readonly<Record<string, number>> = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 };

interface Surroundings {
  readonly tokens: Token[];
  readonly line: number;
  readonly file: string;
}

function openBlocks(width: number, indents: number[], { tokens, line, file }: Surroundings): void {
  if (width > indents.at(-1)!) {
    if (indents.length > MAX_INDENTS) throw damaged(`"code/${file}" of the archive, line ${line}: blocks are nested too deep`);
    indents.push(width);
    tokens.push({ kind: 'indent', text: '', line });
    return;
  }
  while (width < indents.at(-1)!) {
    indents.pop();
    tokens.push({ kind: 'dedent', text: '', line });
  }
  if (width !== indents.at(-1)) throw damaged(`"code/${file}" of the archive, line ${line}: the indentation fits no block`);
}

interface Cut {
  readonly kind: TokenKind;
  readonly text: string;
  readonly end: number;
}

function nextToken(source: string, at: number, place: CodePlace): Cut {
  const name = match(NAME, source, at);
  if (name !== '') return { kind: 'name', text: name, end: at + name.length };
  const number = match(NUMBER, source, at);
  if (number !== '') return { kind: 'number', text: number, end: at + number.length };
  const quote = source[at]!;
  if (quote === '"' || quote === "'") return cutString(source, at, place);
  const symbol = match(SYMBOL, source, at);
  if (symbol !== '') return { kind: 'symbol', text: symbol, end: at + symbol.length };
  throw damaged(`"code/${place.file}" of the archive, line ${place.line}: unexpected character`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v', '0': '\0' };

function cutString(source: string, start: number, place: CodePlace): Cut {
  const quote = source[start]!;
  let text = '';
  for (let at = start + 1; at < source.length; at++) {
    const character = source[at]!;
    if (character === quote) return { kind: 'string', text, end: at + 1 };
    if (character !== '\\') {
      text += character;
      continue;
    }
    const octal = /^[0-7]{3}/.exec(source.slice(at + 1, at + 4));
    if (octal) {
      text += String.fromCharCode(Number.parseInt(octal[0], 8));
      at += 3;
      continue;
    }
    at++;
    const escaped = source[at] ?? '';
    text += ESCAPES[escaped] ?? escaped;
  }
  throw damaged(`"code/${place.file}" of the archive, line ${place.line}: a string does not end`);
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
