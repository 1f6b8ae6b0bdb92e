/**
 * Whether 16 digits or points stand side by side: then a number may have more digits than a double holds.
 *
 * Any such run covers one of every 16 places, so most of the text is never looked at.
 */
export function hasLongDigits(text: string): boolean {
  for (let at = 15; at < text.length; at += 16) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let from = at;
    while (from > 0 && isDigitOrPoint(text.charCodeAt(from - 1))) from--;
    let to = at + 1;
    while (to < text.length && isDigitOrPoint(text.charCodeAt(to))) to++;
    if (to - from >= 16) return true;
  }
  return false;
}

function isDigitOrPoint(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46;
}
