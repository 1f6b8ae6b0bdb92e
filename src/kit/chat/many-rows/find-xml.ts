import { scanXml } from './scan-xml.js';
import { childrenOf } from './xml-value.js';
import type { Document, Element, XmlLibrary } from './xml-library.js';

/** An element that stands in a reply. */
export interface FoundXml {
  readonly document: Document;
  /** Elements in it that the reply does not end. */
  readonly open: ReadonlySet<Element>;
}

/** The outermost elements of a reply, with prose or code fences between them; of one that the reply ends within, what is whole. */
export function findXml(reply: string, library: XmlLibrary): readonly FoundXml[] {
  const found: FoundXml[] = [];
  for (let at = nextTag(reply, 0); at >= 0;) {
    const scan = scanXml(reply, at);
    if (scan.kind !== 'none') {
      const document = attempt(() => library.parse(scan.kind === 'complete' ? reply.slice(at, scan.end) : scan.closed));
      if (document !== undefined) found.push({ document, open: scan.kind === 'complete' ? new Set() : lastElements(document, scan.depth) });
      if (scan.kind === 'unfinished') break;
    }
    at = nextTag(reply, scan.kind === 'none' ? at + 1 : scan.end);
  }
  return found;
}

function nextTag(text: string, from: number): number {
  const tag = /<[\p{L}_]/gu;
  tag.lastIndex = from;
  return tag.exec(text)?.index ?? -1;
}

function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** The outermost element, its last child, the last child of that one, and so on: as many as are open. */
function lastElements(document: Document, depth: number): ReadonlySet<Element> {
  const open = new Set<Element>();
  let element = document.documentElement;
  while (element !== null && open.size < depth) {
    open.add(element);
    element = childrenOf(element).at(-1) ?? null;
  }
  return open;
}
