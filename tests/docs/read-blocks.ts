/** A fenced block of a Markdown text. */
export interface Block {
  /** The first word behind the opening fence. */
  readonly language: string;
  /** The other words behind the opening fence: marks for the test. */
  readonly words: readonly string[];
  /** The file that the block is: the line above it ends in its name and a colon, "in `orders.sql`:". */
  readonly file: string | undefined;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** Whether only blank lines stand between the block before and this one. */
  readonly isAdjacent: boolean;
}

/** The fenced blocks of a text, in order. Indentation of the fence is taken off the lines. */
export function readBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let lastEnd = -1;
  for (let at = 0; at < lines.length; at++) {
    const open = /^(\s*)(`{3,})(.*)$/.exec(lines[at]!);
    if (!open) continue;
    const [, indent, fence, info] = open as unknown as [string, string, string, string];
    const end = lines.findIndex((line, i) => i > at && line.trim() === fence);
    if (end === -1) throw new Error(`line ${at + 1}: the block is not closed`);
    const [language = '', ...words] = info.trim().split(/\s+/);
    const text = lines
      .slice(at + 1, end)
      .map(line => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
    const above = lines.slice(0, at).findLast(line => line.trim() !== '');
    const file = /`([\w./-]+\.\w+)`:$/.exec(above ?? '')?.[1];
    const isAdjacent = lastEnd !== -1 && lines.slice(lastEnd + 1, at).every(line => line.trim() === '');
    blocks.push({ language, words, file, text, line: at + 1, isAdjacent });
    lastEnd = end;
    at = end;
  }
  return blocks;
}
