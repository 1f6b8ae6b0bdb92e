import { formatType, type DataType } from '../../../spec/data-type.js';
import { AnswerMismatch } from '../../read-json-value.js';
import type { Element } from './xml-library.js';

const ELEMENT_NODE = 1;
const TEXT_NODE = 3;
const CDATA_NODE = 4;
const WHITE_SPACE: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r']);

export function isElement(node: unknown): node is Element {
  return (node as { readonly nodeType?: unknown }).nodeType === ELEMENT_NODE;
}

export function childrenOf(element: Element): readonly Element[] {
  return Array.from(element.childNodes).filter(isElement);
}

/** The child of that name; `undefined` where there is none. @throws {AnswerMismatch} where there are several. */
export function childOf(element: Element, name: string): Element | undefined {
  const [first, ...more] = childrenOf(element).filter(child => child.localName === name);
  if (more.length > 0) throw new AnswerMismatch(`"${name}" stands in it ${more.length + 1} times`);
  return first;
}

/** The text between the child elements, without white space round it. */
export function ownText(element: Element): string {
  const texts = Array.from(element.childNodes).filter(({ nodeType }) => nodeType === TEXT_NODE || nodeType === CDATA_NODE);
  return trimXml(texts.map(node => node.nodeValue ?? '').join(''));
}

/** Without what XML takes for white space at its ends; other spaces are a part of the text. */
export function trimXml(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && WHITE_SPACE.has(text[from]!)) from++;
  while (to > from && WHITE_SPACE.has(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** An element as the JSON value that `readValue` reads as `type`; white space round a value does not count. @throws {AnswerMismatch} */
export function jsonOf(element: Element, type: DataType): unknown {
  switch (type.kind) {
    case 'ROW':
      return Object.fromEntries(
        type.fields.flatMap(field => {
          const child = childOf(element, field.name);
          return child === undefined ? [] : [[field.name, jsonOf(child, field.type)]];
        }),
      );
    case 'ARRAY':
    case 'MULTISET':
      return childrenOf(element).map(child => jsonOf(child, type.element));
    case 'MAP':
      return childrenOf(element).map(entry => jsonOf(entry, entryType(type)));
    default:
      if (childrenOf(element).length > 0)
        throw new AnswerMismatch(`"${element.localName}" should be ${formatType(type)}, but holds elements`);
      return trimXml(element.textContent ?? '');
  }
}

function entryType({ key, value }: Extract<DataType, { kind: 'MAP' }>): DataType {
  return {
    kind: 'ROW',
    fields: [
      { name: 'key', type: key },
      { name: 'value', type: value },
    ],
    nullable: false,
  };
}
