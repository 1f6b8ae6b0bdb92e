import { SaxesParser } from 'saxes';
import { MillraceError } from '../../common/error.js';

/** An element of an answer of S3. */
export interface XmlElement {
  readonly name: string;
  /** What stands in it besides elements. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement extends XmlElement {
  text: string;
  readonly children: OpenElement[];
}

/** Of a listing of 1,000 keys: the elements of its objects, with room for what services add. */
const MAX_ELEMENTS = 50_000;
const MAX_DEPTH = 8;

/**
 * Reads an answer of S3: small, flat and without a document type. Entities of a document are not known to the parser.
 *
 * @throws {MillraceError} `SERVICE_ERROR` for a text that is not such XML.
 */
export function readS3Xml(text: string): XmlElement {
  const parser = new SaxesParser();
  const root: OpenElement = { name: '', text: '', children: [] };
  const open = [root];
  let count = 0;
  parser.on('doctype', () => {
    throw notXml('it declares a document type');
  });
  parser.on('error', error => {
    throw notXml(error.message);
  });
  parser.on('opentag', ({ name }) => {
    if (++count > MAX_ELEMENTS || open.length > MAX_DEPTH) throw notXml('it is too large');
    const element: OpenElement = { name, text: '', children: [] };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('text', piece => (open.at(-1)!.text += piece));
  parser.on('cdata', piece => (open.at(-1)!.text += piece));
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  const [first] = root.children;
  if (first === undefined) throw notXml('it is empty');
  return first;
}

export function childText({ children }: XmlElement, name: string): string | undefined {
  return children.find(child => child.name === name)?.text;
}

function notXml(why: string): MillraceError {
  return new MillraceError({
    code: 'SERVICE_ERROR',
    message: `S3 answered with a text that cannot be read as XML: ${why}`,
    retry: 'backoff',
  });
}
