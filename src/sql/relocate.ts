import type { Span } from '../common/span.js';

/** The same tree with every place in it at `span`: what is said of a tree from another text is said there. */
export function relocate<T>(tree: T, span: Span): T {
  if (Array.isArray(tree)) return tree.map((each: unknown) => relocate(each, span)) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, isSpan(key, value) ? span : relocate<unknown>(value, span)]),
  ) as T;
}

function isSpan(key: string, value: unknown): boolean {
  return /span$/i.test(key) && value !== undefined;
}
