import type { TokenCursor } from './token-cursor.js';

/** Reads an annotation up to the `=`, `,`, `)` or line end behind it, as its text without spaces: `Optional[Tensor]`. */
export function parseType(cursor: TokenCursor): string {
  let text = '';
  for (let depth = 0; ;) {
    const { token } = cursor;
    if (token.kind === 'newline' || token.kind === 'end') return text;
    if (token.kind === 'symbol') {
      if (depth === 0 && (token.text === '=' || token.text === ',' || token.text === ')' || token.text === ':')) return text;
      if (token.text === '[' || token.text === '(') depth++;
      if (token.text === ']' || token.text === ')') depth--;
    }
    text += token.text;
    cursor.advance();
  }
}
