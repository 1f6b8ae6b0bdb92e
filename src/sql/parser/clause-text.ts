import type { Cursor } from './cursor.js';

/**
 * The text from offset `from` to the token at which `isEnd` holds, or to the end, as written; what is no token or is left out with
 * dots is an error there too.
 *
 * @param isEnd called before each token; may move over some.
 */
export function parseText(cursor: Cursor, from: number, isEnd: () => boolean): string {
  while (!isEnd() && cursor.token.kind !== 'end') {
    if (cursor.is('...')) throw cursor.unexpected('the rest of the text');
    cursor.take();
  }
  return cursor.source.slice(from, Math.max(from, cursor.previous.span.end)).trim();
}

/** The text in the brackets that are next, without them; `close` may be one that `open` opens, or `>`. */
export function parseBracketText(cursor: Cursor, open = '(', close = ')'): string {
  const { span } = cursor.token;
  cursor.expect(open);
  let depth = 1;
  const text = parseText(cursor, span.end, () => {
    if (cursor.is(open)) depth++;
    else if (cursor.is(close)) depth--;
    return depth === 0;
  });
  if (depth > 0) throw cursor.error({ message: 'the bracket that opens here is not closed', span });
  cursor.expect(close);
  return text;
}
