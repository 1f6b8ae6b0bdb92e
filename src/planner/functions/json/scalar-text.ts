import { JsonDecimal, type JsonArray, type JsonObject, type JsonValue } from './json-value.js';

/** A scalar as the text that JSON_VALUE gives: strings without quotes, numbers with all digits, `true`, `null`. */
export function scalarText(value: Exclude<JsonValue, JsonArray | JsonObject>): string {
  return value instanceof JsonDecimal ? value.text : String(value);
}
