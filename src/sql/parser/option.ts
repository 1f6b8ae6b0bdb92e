import type { OptionPair } from '../ast/identifier.js';
import type { Cursor } from './cursor.js';

/*
  options := '(' [option {',' option}] ')'
*/
export function parseOptions(cursor: Cursor): OptionPair[] {
  if (cursor.accept('(', ')')) return [];
  return cursor.listInBrackets(() => parseOption(cursor));
}

/*
  option := STRING '=' STRING
*/
export function parseOption(cursor: Cursor): OptionPair {
  const key = parseOptionKey(cursor);
  cursor.expect('=');
  const value = cursor.expectString('the value as a string', `values stand in single quotes, numbers too: '${key.key}' = '…'`);
  return { key: key.key, keySpan: key.span, value: value.value, valueSpan: value.span };
}

/*
  optionKeys := '(' STRING {',' STRING} ')'
*/
export function parseOptionKeys(cursor: Cursor): { readonly key: string; readonly span: OptionPair['keySpan'] }[] {
  return cursor.listInBrackets(() => parseOptionKey(cursor));
}

function parseOptionKey(cursor: Cursor): { readonly key: string; readonly span: OptionPair['keySpan'] } {
  const { value, span } = cursor.expectString('an option key as a string', "keys stand in single quotes: 'connector' = 'kafka'");
  return { key: value, span };
}
