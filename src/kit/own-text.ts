/**
 * The same text, not as a slice of the longer one that it was cut from.
 *
 * V8 keeps the whole text alive behind a slice of 13 characters or more; a value that stays in state would keep the chunk
 * of the file that it was read in.
 */
export function ownText(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
