/**
 * A regular expression of a document, as Java writes them.
 *
 * JavaScript's engine backtracks, so that `(a+)+b` could run for years on a short text. An expression in which something
 * repeated is repeated again, or that refers back to a group, is not compiled.
 */
export type Pattern = { readonly kind: 'pattern'; readonly regex: RegExp } | { readonly kind: 'refused'; readonly why: string };

const MOST_CHARACTERS = 1_000;
const MOST_REPEATS = 3;
const POSIX: Readonly<Record<string, string>> = {
  Punct: '!-\\/:-@\\[-`{-~',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Upper: 'A-Z',
  Lower: 'a-z',
  Space: '\\s',
  Blank: ' \\t',
};

export function compilePattern(text: string, flags: string): Pattern {
  if (text.length > MOST_CHARACTERS) return { kind: 'refused', why: `it is longer than ${MOST_CHARACTERS} characters` };
  const source = translateClasses(text);
  const why = dangerOf(source);
  if (why !== undefined) return { kind: 'refused', why };
  for (const unicode of ['u', '']) {
    try {
      return { kind: 'pattern', regex: new RegExp(source, `${flags}${unicode}`) };
    } catch {
      // The stricter syntax first: without it `\p` would mean the letter p.
    }
  }
  return { kind: 'refused', why: 'it is not a regular expression' };
}

/** `\p{Punct}` and its like are Java's; in a class they are the ranges, else a class of them. */
function translateClasses(text: string): string {
  let inClass = false;
  return text.replace(/\\p\{(Punct|Alpha|Digit|Alnum|Upper|Lower|Space|Blank)\}|\\[\s\S]|\[|\]/g, (token, name: string | undefined) => {
    if (token === '[') inClass = true;
    else if (token === ']') inClass = false;
    return name === undefined ? token : inClass ? POSIX[name]! : `[${POSIX[name]!}]`;
  });
}

/** Why matching could take more than time in proportion to a small power of the text's length; `undefined` if it cannot. */
function dangerOf(source: string): string | undefined {
  const groups: { repeats: boolean; choices: boolean }[] = [];
  let repeats = 0;
  let closed: { repeats: boolean; choices: boolean } | undefined;
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    const character = source[i]!;
    const group = closed;
    closed = undefined;
    if (character === '\\') {
      i++;
      if (!inClass && /[1-9k]/.test(source[i] ?? '')) return 'it refers back to a group';
    } else if (inClass) {
      inClass = character !== ']';
    } else if (character === '[') {
      inClass = true;
    } else if (character === '(') {
      if (source[i + 1] === '?' && /[=!<]/.test(source[i + 2] ?? '')) return 'it looks around';
      groups.push({ repeats: false, choices: false });
    } else if (character === '|') {
      for (const open of groups) open.choices = true;
    } else if (character === ')') {
      closed = groups.pop();
    } else if (character === '*' || character === '+' || character === '{') {
      if (group?.repeats || group?.choices) return 'it repeats what repeats';
      if (character === '{' && /^\{\d{4,}|^\{\d*,\d{4,}/.test(source.slice(i, i + 12))) return 'it counts beyond 999';
      for (const open of groups) open.repeats = true;
      if (++repeats > MOST_REPEATS) return `it has more than ${MOST_REPEATS} repetitions`;
    }
  }
  return undefined;
}

/** A replacement as Java reads it: `$1` is a group, a backslash makes the next character plain. */
export function javaReplacement(text: string): (groups: readonly (string | undefined)[]) => string {
  const parts = text.match(/\\[\s\S]|\$\d|[^\\$]+|[\s\S]/g) ?? [];
  return groups =>
    parts.map(part => (part.startsWith('\\') ? part.slice(1) : /^\$\d$/.test(part) ? (groups[Number(part[1])] ?? '') : part)).join('');
}
