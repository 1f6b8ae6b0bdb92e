const POSIX_CLASSES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Lower: 'a-z',
    Upper: 'A-Z',
    Alpha: 'a-zA-Z',
    Digit: '0-9',
    Alnum: 'a-zA-Z0-9',
    Punct: '!-\\/:-@\\[-`{-~',
    Space: '\\s',
    Blank: ' \\t',
    XDigit: '0-9a-fA-F',
    Cntrl: '\\x00-\\x1f\\x7f',
    ASCII: '\\x00-\\x7f',
    Print: '\\x20-\\x7e',
    Graph: '\\x21-\\x7e',
  }),
);

/**
 * A regular expression in Java's syntax as one of JavaScript.
 *
 * Translates flags at the start (`(?i)`, `(?s)`, `(?m)`), `\Q…\E`, `\A`, `\z`, `\Z`, `\h` and POSIX classes such as
 * `\p{Alpha}`; the rest is the same in both.
 *
 * @param flags of JavaScript, besides those that the pattern sets.
 * @returns `undefined` when it is not a regular expression, or uses what JavaScript does not have.
 */
export function javaRegex(pattern: string, flags = ''): RegExp | undefined {
  const [, inner = ''] = /^\(\?([ism]+)\)/.exec(pattern) ?? [];
  const source = translate(inner === '' ? pattern : pattern.slice(inner.length + 3));
  const allFlags = Array.from(new Set(flags + inner)).join('');
  // Characters are code points with u; without it, escapes that mean nothing are allowed, as in Java.
  return compile(source, `${allFlags}u`) ?? compile(source, allFlags);
}

function compile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

function translate(pattern: string): string {
  let source = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character !== '\\') {
      if (character === '[') inClass = true;
      else if (character === ']') inClass = false;
      source += character;
      continue;
    }
    const rest = pattern.slice(i + 1);
    const [length, translated] = translateEscape(rest, inClass);
    source += translated;
    i += length;
  }
  return source;
}

/** How many characters after the backslash belong to it, and what stands for them. */
function translateEscape(rest: string, inClass: boolean): [length: number, source: string] {
  const next = rest[0] ?? '';
  if (next === 'Q') {
    const end = rest.indexOf('\\E');
    const quoted = rest.slice(1, end < 0 ? undefined : end);
    return [end < 0 ? rest.length : end + 2, quoted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')];
  }
  const posix = /^p\{(\w+)\}/.exec(rest);
  const members = posix && POSIX_CLASSES.get(posix[1]!);
  if (members) return [posix[0].length, inClass ? members : `[${members}]`];
  if (!inClass && next === 'A') return [1, '^'];
  if (!inClass && (next === 'z' || next === 'Z')) return [1, '$'];
  if (next === 'h') return [1, inClass ? ' \\t' : '[ \\t]'];
  return [1, `\\${next}`];
}
