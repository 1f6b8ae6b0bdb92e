/**
 * JSON text without the characters that some readers take for the end of a line: U+0085, U+2028, U+2029 and other
 * controls, which JSON allows as they are.
 */
export function oneLineJson(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
