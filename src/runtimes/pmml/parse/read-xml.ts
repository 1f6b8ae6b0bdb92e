import { SaxesParser } from 'saxes';
import { MillraceError } from '../../../common/error.js';
import type { XmlElement } from './xml-element.js';

/** What a document may hold, so that a hostile one is refused before it fills memory. */
export interface XmlLimits {
  readonly depth: number;
  readonly elements: number;
  /** Attributes of one element. */
  readonly attributes: number;
  /** Characters of one text or attribute. */
  readonly text: number;
}

export const XML_LIMITS: XmlLimits = { depth: 1_000, elements: 4_000_000, attributes: 256, text: 16_777_216 };

const NAMESPACE = /^http:\/\/www\.dmg\.org\/PMML-\d+[_.]\d+$/;
const CHUNK_BYTES = 65_536;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const NO_CHILDREN: readonly XmlElement[] = [];

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly line: number;
  children: XmlElement[] | undefined;
  text: string;
}

/**
 * Reads an XML document in pieces into a tree of elements.
 *
 * Document types are refused, and with them every entity but the five of XML. Extension elements are left out with all
 * that they hold.
 *
 * @throws {MillraceError} `MODEL_LOAD` with the line.
 */
export function readXml(bytes: Uint8Array, limits: XmlLimits = XML_LIMITS): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const stack: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;
  let skipped = 0;
  const fail = (message: string): never => {
    throw new MillraceError({ code: 'MODEL_LOAD', message: `line ${parser.line} of the PMML document: ${message}` });
  };
  parser.on('error', error => fail(`not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '').slice(0, 200)}`));
  parser.on('doctype', () => fail('the document has a DOCTYPE, which may define entities and is refused'));
  parser.on('opentagstart', () => {
    attributes = 0;
    if (++elements > limits.elements) fail(`more than ${limits.elements} elements`);
  });
  parser.on('attribute', ({ value }) => {
    if (++attributes > limits.attributes) fail(`an element with more than ${limits.attributes} attributes`);
    if (value.length > limits.text) fail(`an attribute longer than ${limits.text} characters`);
  });
  parser.on('opentag', tag => {
    if (stack.length + skipped >= limits.depth) fail(`elements nested deeper than ${limits.depth}`);
    const isPmml = tag.uri === '' || NAMESPACE.test(tag.uri);
    if (skipped > 0 || (isPmml && tag.local === 'Extension')) {
      skipped++;
      return;
    }
    stack.push({
      name: isPmml ? tag.local : `${tag.prefix === '' ? 'foreign' : tag.prefix}:${tag.local}`,
      attributes: ownAttributes(tag.attributes),
      line: parser.line,
      children: undefined,
      text: '',
    });
  });
  const append = (text: string): void => {
    const top = stack.at(-1);
    if (skipped > 0 || top === undefined) return;
    if (top.text.length + text.length > limits.text) fail(`a text longer than ${limits.text} characters`);
    // White space between elements is most of a document's text; a text of its own is kept as it is.
    if (top.text.length > 0 || text.trim().length > 0) top.text += text;
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', () => {
    if (skipped > 0) {
      skipped--;
      return;
    }
    const closed = stack.pop();
    if (closed === undefined) return;
    const element: XmlElement = { ...closed, children: closed.children ?? NO_CHILDREN };
    const parent = stack.at(-1);
    if (parent === undefined) root = element;
    else (parent.children ??= []).push(element);
  });
  for (const piece of decodePieces(bytes)) parser.write(piece);
  parser.close();
  return root ?? fail('the document has no element');
}

function ownAttributes(attributes: Readonly<Record<string, { readonly name: string; readonly value: string; readonly prefix: string }>>) {
  let own: Map<string, string> | undefined;
  for (const key in attributes) {
    const { name, value, prefix } = attributes[key]!;
    if (prefix === 'xmlns' || name === 'xmlns') continue;
    (own ??= new Map()).set(name, value);
  }
  return own ?? NO_ATTRIBUTES;
}

const DECLARED = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;
const ENCODINGS = new Set([
  'utf-8',
  'utf-16',
  'utf-16le',
  'utf-16be',
  'us-ascii',
  'ascii',
  'iso-8859-1',
  'iso-8859-15',
  'windows-1252',
  'cp1252',
]);

/** The document's characters in pieces, by its byte order mark or declared encoding. */
function* decodePieces(bytes: Uint8Array): Generator<string> {
  const encoding = encodingOf(bytes);
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      yield decoder.decode(bytes.subarray(start, start + CHUNK_BYTES), { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (MillraceError.is(error)) throw error;
    throw new MillraceError({ code: 'MODEL_LOAD', message: `the PMML document is not ${encoding} text`, cause: error });
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const head = Buffer.from(bytes.subarray(0, 256))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  const declared = DECLARED.exec(head)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!ENCODINGS.has(declared)) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the PMML document is in the encoding "${declared}", which is not known`,
      notes: [{ message: 'save it as UTF-8' }],
    });
  }
  return declared === 'cp1252' ? 'windows-1252' : declared;
}
