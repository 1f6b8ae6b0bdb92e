import { childrenOf, type XmlElement } from './xml-element.js';

/** Rows of texts by column. A name has no prefix, so that `data:input` and `input` are one column. */
export interface InlineTable {
  readonly rows: readonly ReadonlyMap<string, string>[];
}

/** Reads `InlineTable`: a child of `row` for each column, whatever its namespace. */
export function readInlineTable(element: XmlElement): InlineTable {
  return { rows: childrenOf(element, 'row').map(row => new Map(row.children.map(cell => [columnName(cell.name), cell.text]))) };
}

/** A column's name without its namespace prefix. */
export function columnName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
