import type { Expression } from '../ast/expression.js';
import type { Query } from '../ast/query.js';

/** Longest line that a list stays on. */
const LINE_WIDTH = 100;
const STEP = 2;

/**
 * Where text is printed: how far its lines are indented, and how to print the queries in it. Expressions and queries contain
 * each other; the printer of queries comes along, so that no file of this folder imports in a circle.
 */
export interface Layout {
  readonly indent: number;
  readonly query: (query: Query, layout: Layout) => string;
  readonly expression: (expression: Expression, layout: Layout) => string;
}

export function indented(layout: Layout): Layout {
  return { ...layout, indent: layout.indent + STEP };
}

/** A line break, and the indentation of the line that follows it. */
export function newLine({ indent }: Layout): string {
  return `\n${' '.repeat(indent)}`;
}

/** A query in brackets, on lines of its own. */
export function printBracketedQuery(query: Query, layout: Layout): string {
  const inner = indented(layout);
  return `(${newLine(inner)}${layout.query(query, inner)}${newLine(layout)})`;
}

/** Whether a text stays on one line. */
export function fits(text: string, { indent }: Layout): boolean {
  return !text.includes('\n') && indent + text.length <= LINE_WIDTH;
}

/** Items, printed one step further in, after `head` on one line where they fit, else one on each line. */
export function printList(head: string, items: readonly string[], layout: Layout): string {
  const inline = `${head} ${items.join(', ')}`;
  if (items.length === 1 || fits(inline, layout)) return inline;
  const inner = indented(layout);
  return `${head}${newLine(inner)}${items.join(`,${newLine(inner)}`)}`;
}

/** `(`, items on lines of their own, `)`. */
export function printBlock(items: readonly string[], layout: Layout): string {
  const inner = indented(layout);
  return `(${newLine(inner)}${items.join(`,${newLine(inner)}`)}${newLine(layout)})`;
}
