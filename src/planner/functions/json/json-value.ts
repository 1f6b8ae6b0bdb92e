/** A JSON number that a double does not hold as it is written, in the text that Java's BigDecimal gives it: `1.50`, `1E+3`. */
export class JsonDecimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A parsed JSON value. A number is a JavaScript number where its text stays the same, else a bigint or a `JsonDecimal`. */
export type JsonValue = null | boolean | number | bigint | string | JsonDecimal | JsonArray | JsonObject;

export type JsonArray = readonly JsonValue[];

/** Members in the order of the text, but names that are array indices come first, ascending. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export function isJsonArray(value: JsonValue): value is JsonArray {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDecimal);
}

/** Neither an array nor an object; null too. */
export function isJsonScalar(value: JsonValue): value is Exclude<JsonValue, JsonArray | JsonObject> {
  return !isJsonArray(value) && !isJsonObject(value);
}

export function isJsonNumber(value: JsonValue): value is number | bigint | JsonDecimal {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof JsonDecimal;
}

/** The nearest double of a JSON number. */
export function jsonToDouble(value: number | bigint | JsonDecimal): number {
  return Number(value instanceof JsonDecimal ? value.text : value);
}

/** The member of an object; `undefined` where it has none of its own. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The members' names in order of UTF-16 units, as JSON functions write them. */
export function sortedNames(object: JsonObject): string[] {
  return Object.keys(object).sort();
}

/** Whether two values are the same JSON; numbers are compared by their value. */
export function sameJson(a: JsonValue, b: JsonValue): boolean {
  if (isJsonNumber(a) && isJsonNumber(b)) return jsonToDouble(a) === jsonToDouble(b);
  if (isJsonArray(a) && isJsonArray(b)) return a.length === b.length && a.every((element, i) => sameJson(element, b[i]!));
  if (isJsonObject(a) && isJsonObject(b)) {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && sameJson(a[name]!, b[name]!));
  }
  return a === b;
}

/** A decimal literal in the form of Java's `BigDecimal.toString`: digits and exponent as written, `1.50`, `1.2E+10`. */
export function bigDecimalText(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(literal)!;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  const scale = fraction.length - Number(exponentText);
  const adjusted = digits.length - 1 - scale;
  const minus = sign === '-' && digits !== '0' && /[1-9]/.test(digits) ? '-' : '';
  if (scale >= 0 && adjusted >= -6) {
    if (scale === 0) return minus + digits;
    const padded = digits.padStart(scale + 1, '0');
    return `${minus}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${minus}${mantissa}E${adjusted < 0 ? '' : '+'}${adjusted}`;
}
