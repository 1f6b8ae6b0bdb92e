/** One field of a line. */
export interface DelimitedField {
  /** The value, without the quotes round it. */
  readonly text: string;
  /** The field as it stands. */
  readonly raw: string;
  readonly isQuoted: boolean;
}

/**
 * The fields of each line that is not blank, at least one a line. A field in double quotes holds delimiters and line
 * breaks, and quotes that are doubled; quotes that do not end at a delimiter or a line's end are characters like others.
 */
export function splitDelimited(text: string, delimiter: string): readonly (readonly DelimitedField[])[] {
  const lines: DelimitedField[][] = [];
  let line: DelimitedField[] = [];
  for (let at = 0; at <= text.length;) {
    const field = readQuoted(text, at, delimiter) ?? readPlain(text, at, delimiter);
    line.push(field);
    at += field.raw.length;
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      continue;
    }
    if (line.length > 1 || field.raw.trim() !== '') lines.push(line);
    line = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return lines;
}

function readQuoted(text: string, start: number, delimiter: string): DelimitedField | undefined {
  if (text[start] !== '"') return undefined;
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] === '"') continue;
    const end = at + 1;
    if (!text.startsWith(delimiter, end) && !isLineEnd(text, end)) return undefined;
    return { text: text.slice(start + 1, at).replaceAll('""', '"'), raw: text.slice(start, end), isQuoted: true };
  }
  return undefined;
}

function readPlain(text: string, start: number, delimiter: string): DelimitedField {
  let end = start;
  while (!isLineEnd(text, end) && !text.startsWith(delimiter, end)) end++;
  const raw = text.slice(start, end);
  return { text: raw, raw, isQuoted: false };
}

function isLineEnd(text: string, at: number): boolean {
  return at >= text.length || text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n');
}
