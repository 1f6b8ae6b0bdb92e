import { Unsupported } from '../convert/unsupported.js';

/** Longest pattern. */
const MAX_PATTERN = 2_000;
const ASCII_BLANK = '\\t\\n\\f\\r ';

/**
 * A pattern of RE2 as JavaScript's. Refused are patterns that RE2 runs in linear time and JavaScript would not (a repetition of
 * what repeats), and what JavaScript writes in another way.
 */
export function regexOf(pattern: string, flags: string): RegExp {
  if (pattern.length > MAX_PATTERN) throw new Unsupported('with a pattern of more than 2,000 characters');
  let out = '';
  let isInClass = false;
  // For each open group, whether something in it repeats.
  const groups: boolean[] = [];
  let closedRepeats = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i]!;
    const wasClosed: boolean = closedRepeats;
    closedRepeats = false;
    if (character === '\\') {
      i += 1;
      out += escaped(pattern[i] ?? '', isInClass);
    } else if (isInClass) {
      if (character === '[' && pattern[i + 1] === ':') throw new Unsupported('with a named class in its pattern');
      isInClass = character !== ']' || /\[\^?$/.test(out);
      out += character === '[' || (character === ']' && isInClass) ? `\\${character}` : character;
    } else if (character === '[') {
      isInClass = true;
      out += character;
      if (pattern[i + 1] === '^') {
        i += 1;
        out += '^';
      }
    } else if (character === '(') {
      if (pattern[i + 1] === '?' && pattern[i + 2] !== ':') throw new Unsupported('with flags in its pattern');
      groups.push(false);
      out += character;
    } else if (character === ')') {
      closedRepeats = groups.pop() ?? false;
      if (closedRepeats && groups.length > 0) groups[groups.length - 1] = true;
      out += character;
    } else if ('*+{'.includes(character)) {
      if (wasClosed) throw new Unsupported('with a repetition of a repetition in its pattern');
      if (groups.length > 0) groups[groups.length - 1] = true;
      out += character;
    } else out += character === '.' ? '[^\\n]' : character;
  }
  try {
    return new RegExp(out, flags);
  } catch {
    throw new Unsupported(`with the pattern "${pattern.slice(0, 60)}"`);
  }
}

/** What stands behind a backslash. */
function escaped(letter: string, isInClass: boolean): string {
  if (letter === 's') return isInClass ? ASCII_BLANK : `[${ASCII_BLANK}]`;
  if (letter === 'S' && !isInClass) return `[^${ASCII_BLANK}]`;
  if (/[dDwWtnrfv]/.test(letter)) return `\\${letter}`;
  if (/[bB]/.test(letter) && !isInClass) return `\\${letter}`;
  if (/[\^$\\.*+?()[\]{}|/]/.test(letter) || (letter === '-' && isInClass)) return `\\${letter}`;
  if (letter === '' || /[A-Za-z0-9]/.test(letter)) throw new Unsupported(`with "\\${letter}" in its pattern`);
  return letter;
}

/** The replacement text: `\1` is a group, `\0` the whole. */
export function rewriteOf(rewrite: string): string {
  return rewrite
    .replaceAll('$', '$$$$')
    .replaceAll(/\\(\d|\\)/g, (_, what: string) => (what === '\\' ? '\\' : what === '0' ? '$&' : `$${what}`));
}
