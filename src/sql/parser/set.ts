import type { ResetOption, SetOption } from '../ast/statement.js';
import type { Cursor } from './cursor.js';
import { parseOption } from './option.js';

/*
  set := SET [STRING '=' STRING]
*/
export function parseSet(cursor: Cursor): SetOption {
  const { start } = cursor;
  cursor.expect('SET');
  if (isEnd(cursor)) return { kind: 'set', key: undefined, value: undefined, span: cursor.spanFrom(start) };
  if (cursor.token.kind !== 'string') throw unquotedKey(cursor, key => `SET '${key}' = 'value'`);
  const { key, value } = parseOption(cursor);
  return { kind: 'set', key, value, span: cursor.spanFrom(start) };
}

/*
  reset := RESET [STRING]
*/
export function parseReset(cursor: Cursor): ResetOption {
  const { start } = cursor;
  cursor.expect('RESET');
  if (isEnd(cursor)) return { kind: 'reset', key: undefined, span: cursor.spanFrom(start) };
  if (cursor.token.kind !== 'string') throw unquotedKey(cursor, key => `RESET '${key}'`);
  return { kind: 'reset', key: cursor.take().value, span: cursor.spanFrom(start) };
}

function isEnd(cursor: Cursor): boolean {
  return cursor.is(';') || cursor.token.kind === 'end';
}

/** The old form `SET key = value`. The note repeats the key alone: the value may be a secret. */
function unquotedKey(cursor: Cursor, form: (key: string) => string): Error {
  const { start } = cursor;
  let ahead = 0;
  while (isKeyPart(cursor, ahead)) ahead++;
  if (ahead === 0) return cursor.unexpected('a key as a string', { note: `write ${form('key')}` });
  const { end } = cursor.peek(ahead - 1).span;
  return cursor.error({
    message: 'the key stands in quotes, and so does the value',
    span: { start, end },
    note: `write ${form(cursor.source.slice(start, end))}`,
  });
}

/** Keys such as `table.local-time-zone` are words with points and hyphens between them, without white space. */
function isKeyPart(cursor: Cursor, ahead: number): boolean {
  const { kind, key, span } = cursor.peek(ahead);
  if (ahead > 0 && cursor.peek(ahead - 1).span.end !== span.start) return false;
  return kind === 'word' || kind === 'quoted-name' || key === '.' || key === '-';
}
