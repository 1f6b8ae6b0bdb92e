// SQL counts characters, JavaScript counts UTF-16 units: the same thing but for texts with surrogate pairs.

const SURROGATE = /[\ud800-\udfff]/;

/** How many code points a text has. */
export function codePointLength(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

/** The code points from `start` (inclusive, from 0) to `end` (exclusive). */
export function sliceCodePoints(text: string, start: number, end: number): string {
  return SURROGATE.test(text) ? Array.from(text).slice(start, end).join('') : text.slice(start, end);
}

/** Where `part` first stands at or after the code point `from` (from 0), in code points; -1 for nowhere. */
export function indexOfCodePoints(text: string, part: string, from: number): number {
  if (!SURROGATE.test(text)) return text.indexOf(part, from);
  const unit = Array.from(text).slice(0, from).join('').length;
  const found = text.indexOf(part, unit);
  return found < 0 ? -1 : Array.from(text.slice(0, found)).length;
}

export function reverseCodePoints(text: string): string {
  return Array.from(text).toReversed().join('');
}
