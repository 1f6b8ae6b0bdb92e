const CONTROL: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const C_ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S])|$)/g;

/**
 * The text of `U&'…'`: the escape character with four hexadecimal digits, with `+` and six, or doubled.
 *
 * @param escape one character, `\` where no UESCAPE says otherwise.
 * @returns `undefined` where the escape character is followed by anything else.
 */
export function decodeUnicodeEscapes(text: string, escape: string): string | undefined {
  let decoded = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character !== escape) {
      decoded += character;
      continue;
    }
    if (text[at + 1] === escape) {
      decoded += escape;
      at++;
      continue;
    }
    const digits = text[at + 1] === '+' ? text.slice(at + 2, at + 8) : text.slice(at + 1, at + 5);
    const point = codePoint(digits, text[at + 1] === '+' ? 6 : 4);
    if (point === undefined) return undefined;
    decoded += String.fromCodePoint(point);
    at += text[at + 1] === '+' ? 7 : 4;
  }
  return decoded;
}

/**
 * The text of `E'…'`, with the escapes of C: `\b \f \n \r \t`, octal and hexadecimal ones, `\uxxxx` and `\Uxxxxxxxx`; any other character
 * after a backslash stands for itself.
 *
 * @returns `undefined` where an escape is cut off or beyond Unicode.
 */
export function decodeCEscapes(text: string): string | undefined {
  let isValid = true;
  const decoded = text.replace(C_ESCAPE, (_, short?: string, long?: string, byte?: string, octal?: string, other?: string) => {
    const digits = short ?? long ?? byte;
    const point = digits === undefined ? (octal === undefined ? undefined : Number.parseInt(octal, 8)) : Number.parseInt(digits, 16);
    if (point !== undefined && point <= 0x10ffff) return String.fromCodePoint(point);
    if (point !== undefined || other === undefined || 'uUx'.includes(other)) isValid = false;
    return other === undefined ? '' : (CONTROL[other] ?? other);
  });
  return isValid ? decoded : undefined;
}

function codePoint(digits: string, length: number): number | undefined {
  if (digits.length !== length || /[^0-9a-fA-F]/.test(digits)) return undefined;
  const point = Number.parseInt(digits, 16);
  return point <= 0x10ffff ? point : undefined;
}
