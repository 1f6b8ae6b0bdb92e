/**
 * A regular expression of a document, as Java writes them.
 *
 * JavaScript's engine backtracks, so that `(a+)+b` could run for years on a short text. An expression in which something
 * repeated is repeated again, or that refers back to a group, is not compiled; one with several repetitions matches short
 * texts only.
 */
export type Pattern =
  | { readonly kind: 'pattern'; readonly regex: RegExp; readonly mostCharacters: number }
  | { readonly kind: 'refused'; readonly why: string };

const MOST_CHARACTERS = 1_000;
const MOST_OPTIONS = 8;
/** Longest text by repetitions: each one more may multiply the time by the length. */
const LENGTHS = [1_000_000, 10_000, 500, 100];
/** One thing, repeated, and nothing behind it: matches in one pass. */
const SINGLE = /^(?:\\?[^\\[\](){}*+?|]|\[(?:\\.|[^\\\]])+\])[*+]$/;
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
  const repetitions = countRepetitions(source);
  if (typeof repetitions === 'string') return { kind: 'refused', why: repetitions };
  const mostCharacters = SINGLE.test(source) ? LENGTHS[0]! : LENGTHS[repetitions]!;
  for (const unicode of ['u', '']) {
    try {
      return { kind: 'pattern', regex: new RegExp(source, `${flags}${unicode}`), mostCharacters };
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

interface Group {
  repeats: boolean;
  chooses: boolean;
}

/** How many things are repeated, or why the time to match is not bounded by a small power of the text's length. */
function countRepetitions(source: string): number | string {
  const groups: Group[] = [];
  let [repetitions, options] = [0, 0];
  /** What the group that has just been closed holds; what stands behind a quantifier makes it lazy. */
  let closed: Group | undefined;
  let [inClass, isQuantified] = [false, false];
  for (let i = 0; i < source.length; i++) {
    const character = source[i]!;
    const [group, follows] = [closed, isQuantified];
    [closed, isQuantified] = [undefined, false];
    if (character === '\\') {
      i++;
      if (!inClass && /[1-9k]/.test(source[i] ?? '')) return 'it refers back to a group';
    } else if (inClass) {
      inClass = character !== ']';
    } else if (character === '[') {
      inClass = true;
    } else if (character === '(') {
      if (source[i + 1] === '?') {
        if (source[i + 2] !== ':') return 'it looks around or names a group';
        i += 2;
      }
      groups.push({ repeats: false, chooses: false });
    } else if (character === '|') {
      for (const open of groups) open.chooses = true;
      if (groups.length > 0) options++;
    } else if (character === ')') {
      closed = groups.pop();
    } else if (character === '?') {
      if (!follows) {
        options++;
        for (const open of groups) open.chooses = true;
      }
    } else if (character === '*' || character === '+' || (character === '{' && /^\{\d/.test(source.slice(i)))) {
      if (group?.repeats || group?.chooses) return 'it repeats what repeats';
      if (/^\{(?:\d{4,}|\d*,\d{4,})/.test(source.slice(i))) return 'it counts beyond 999';
      for (const open of groups) open.repeats = true;
      repetitions++;
      isQuantified = true;
      if (character === '{') i = Math.max(i, source.indexOf('}', i));
    }
  }
  if (options > MOST_OPTIONS) return `it has more than ${MOST_OPTIONS} options`;
  return repetitions < LENGTHS.length ? repetitions : `it has more than ${LENGTHS.length - 1} repetitions`;
}

/** A replacement as Java reads it: `$1` is a group, a backslash makes the next character plain. */
export function javaReplacement(text: string): (groups: readonly (string | undefined)[]) => string {
  const parts = text.match(/\\[\s\S]|\$\d|[^\\$]+|[\s\S]/g) ?? [];
  return groups =>
    parts.map(part => (part.startsWith('\\') ? part.slice(1) : /^\$\d$/.test(part) ? (groups[Number(part[1])] ?? '') : part)).join('');
}
