import type { Token } from '../token.js';

/** For each token that opens a round bracket, the index of the one that closes it, or of the last token; for others, 0. */
export function closingBrackets(tokens: readonly Token[]): Int32Array {
  const closing = new Int32Array(tokens.length);
  const open: number[] = [];
  for (const [index, { key }] of tokens.entries()) {
    if (key === '(') open.push(index);
    else if (key === ')') closing[open.pop() ?? index] = index;
  }
  for (const index of open) closing[index] = tokens.length - 1;
  return closing;
}
