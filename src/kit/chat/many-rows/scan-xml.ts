/** How the XML element that starts at a place of a text ends. */
export type XmlScan =
  | { readonly kind: 'complete'; /** Behind its end tag. */ readonly end: number }
  /** The text ends inside the element, after at least one whole element in it. */
  | {
      readonly kind: 'unfinished';
      /** The element up to the last whole one in it, closed. */
      readonly closed: string;
      /** How many elements the text leaves open, the outermost included. */
      readonly depth: number;
    }
  | { readonly kind: 'none' };

/** Deeper elements are taken for none: a reply full of tags must not cost the square of its length. */
const MAX_DEPTH = 64;

const NONE: XmlScan = { kind: 'none' };

/** What may stand between tags, with what ends it. */
const PASSED: readonly (readonly [start: string, end: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

/** Finds the end of the element that starts at `start`, by its tags alone: what is between them is for a parser to judge. */
export function scanXml(text: string, start: number): XmlScan {
  const names: string[] = [];
  let whole: { readonly at: number; readonly depth: number } | undefined;
  for (let at = start; at >= 0; at = text.indexOf('<', at)) {
    const passed = PASSED.find(([opening]) => text.startsWith(opening, at));
    if (passed !== undefined) {
      const end = text.indexOf(passed[1], at + passed[0].length);
      if (end < 0) break;
      at = end + passed[1].length;
      continue;
    }
    const end = endOfTag(text, at);
    if (end < 0) break;
    const [, closing, name, empty] = /^<(\/?)([\p{L}_][\p{L}\p{N}_.:-]*)[^]*?(\/?)>$/u.exec(text.slice(at, end)) ?? [];
    if (name === undefined) return NONE;
    at = end;
    if (closing === '' && empty === '') {
      if (names.length === MAX_DEPTH) return NONE;
      names.push(name);
      continue;
    }
    if (closing !== '' && names.pop() !== name) return NONE;
    if (names.length === 0) return { kind: 'complete', end };
    whole = { at: end, depth: names.length };
  }
  if (whole === undefined) return NONE;
  const closers = names.slice(0, whole.depth).toReversed();
  return { kind: 'unfinished', closed: text.slice(start, whole.at) + closers.map(name => `</${name}>`).join(''), depth: whole.depth };
}

/** Behind the `>` of the tag, past quoted values; -1 where the text ends before. */
function endOfTag(text: string, start: number): number {
  let quote: string | undefined;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== undefined) quote = char === quote ? undefined : quote;
    else if (char === '>') return at + 1;
    else if (char === '"' || char === "'") quote = char;
  }
  return -1;
}
