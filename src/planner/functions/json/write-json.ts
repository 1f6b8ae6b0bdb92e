import { JsonDecimal, sortedNames, isJsonArray, type JsonValue } from './json-value.js';

/** A value as compact JSON, with the members of objects in the order of their names, as Flink writes it. */
export function writeJson(value: JsonValue): string {
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof JsonDecimal) return value.text;
  if (isJsonArray(value)) return `[${value.map(writeJson).join(',')}]`;
  return `{${sortedNames(value)
    .map(name => `${quoteJson(name)}:${writeJson(value[name]!)}`)
    .join(',')}}`;
}

// eslint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f]/;
// eslint-disable-next-line no-control-regex
const ALL_ESCAPED = /["\\\u0000-\u001f]/g;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A text as a JSON string; only what JSON demands is escaped. */
export function quoteJson(text: string): string {
  return ESCAPED.test(text) ? `"${text.replace(ALL_ESCAPED, escape)}"` : `"${text}"`;
}

function escape(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
