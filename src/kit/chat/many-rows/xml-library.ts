import { createRequire } from 'node:module';
import type { Document, Element } from '@xmldom/xmldom';

export type { Document, Element };

/** What reads XML. */
export interface XmlLibrary {
  /** @throws {Error} for a text that is no well-formed document. */
  parse(text: string): Document;
  /** The nodes that an XPath selects. @throws {Error} for an expression that is none, or selects other things than nodes. */
  select(path: string, document: Document): readonly unknown[];
}

/** Loads the parser and XPath when a model first needs them: they take 0.1 s and 27 MB. */
export function loadXmlLibrary(): XmlLibrary {
  const load = createRequire(import.meta.url);
  const { DOMParser, onErrorStopParsing } = load('@xmldom/xmldom') as typeof import('@xmldom/xmldom');
  const { evaluateXPathToNodes } = load('fontoxpath') as typeof import('fontoxpath');
  const parser = new DOMParser({ onError: onErrorStopParsing });
  return {
    parse: text => parser.parseFromString(text, 'application/xml'),
    select: (path, document) => evaluateXPathToNodes(path, document),
  };
}
