import type { OptionPair } from '../ast/identifier.js';
import type { Hint } from '../ast/query.js';
import type { Cursor } from './cursor.js';

/*
  hints := ['/*+' hint {',' hint} '*' '/']
*/
export function parseHints(cursor: Cursor): Hint[] {
  if (!cursor.accept('/*+')) return [];
  const hints = cursor.list(() => parseHint(cursor), '*/');
  if (!cursor.is('*/')) throw cursor.unexpected('"," or the end of the hint');
  cursor.take();
  return hints;
}

/*
  hint := WORD ['(' (hintOption {',' hintOption} | hintArgument {',' hintArgument}) ')']
*/
function parseHint(cursor: Cursor): Hint {
  const { start, token } = cursor;
  if (token.kind !== 'word') throw cursor.unexpected('the name of a hint');
  const name = cursor.take().value;
  const options: OptionPair[] = [];
  const args: string[] = [];
  if (cursor.is('(')) {
    cursor.listInBrackets(() => {
      if (cursor.peek(1).key === '=') options.push(parseHintOption(cursor));
      else args.push(parseHintArgument(cursor));
    });
  }
  return { name, options, arguments: args, span: cursor.spanFrom(start) };
}

/*
  hintOption := (STRING | WORD) '=' STRING
*/
function parseHintOption(cursor: Cursor): OptionPair {
  const { kind, span: keySpan } = cursor.token;
  if (kind !== 'string' && kind !== 'word' && kind !== 'quoted-name') throw cursor.unexpected('an option key');
  const key = cursor.take().value;
  cursor.expect('=');
  const { value, span: valueSpan } = cursor.expectString('the value as a string');
  return { key, keySpan, value, valueSpan };
}

/*
  hintArgument := STRING | NUMBER | WORD
*/
function parseHintArgument(cursor: Cursor): string {
  const { kind } = cursor.token;
  if (kind !== 'string' && kind !== 'number' && kind !== 'word' && kind !== 'quoted-name')
    throw cursor.unexpected('an argument of the hint');
  return cursor.take().value;
}
