import { MillraceError } from '../../../common/error.js';

/** An element of a document, without comments, processing instructions and Extension elements. Immutable once read. */
export interface XmlElement {
  /** The local name in the namespace of PMML or in none; with a prefix in any other. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The character data of the element itself. */
  readonly text: string;
  /** 1-based line of the start tag. */
  readonly line: number;
}

/** The children with this name, in order. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(child => child.name === name);
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find(child => child.name === name);
}

/** @throws {MillraceError} `MODEL_LOAD` when there is no such child. */
export function requiredChild(element: XmlElement, name: string): XmlElement {
  return childOf(element, name) ?? refuse(element, `${element.name} has no ${name}`);
}

export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes.get(name);
}

/** @throws {MillraceError} `MODEL_LOAD` when the attribute is absent. */
export function requiredAttribute(element: XmlElement, name: string): string {
  return element.attributes.get(name) ?? refuse(element, `${element.name} has no attribute "${name}"`);
}

/** @throws {MillraceError} `MODEL_LOAD` when it is not a number; `undefined` when absent. */
export function numberAttribute(element: XmlElement, name: string): number | undefined {
  const text = element.attributes.get(name);
  if (text === undefined) return undefined;
  const number = parseNumber(text);
  return number ?? refuse(element, `attribute "${name}" of ${element.name} is not a number: "${text.slice(0, 40)}"`);
}

export function requiredNumber(element: XmlElement, name: string): number {
  return numberAttribute(element, name) ?? refuse(element, `${element.name} has no attribute "${name}"`);
}

/** @throws {MillraceError} `MODEL_LOAD` when it is not `true` or `false`. */
export function booleanAttribute(element: XmlElement, name: string, absent: boolean): boolean {
  const text = element.attributes.get(name);
  if (text === undefined) return absent;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return refuse(element, `attribute "${name}" of ${element.name} is not a boolean: "${text.slice(0, 40)}"`);
}

/** One of a closed list of words; `absent` when the attribute is not there. */
export function wordAttribute<Word extends string>(element: XmlElement, name: string, words: readonly Word[], absent: Word): Word {
  return optionalWord(element, name, words) ?? absent;
}

export function optionalWord<Word extends string>(element: XmlElement, name: string, words: readonly Word[]): Word | undefined {
  const text = element.attributes.get(name);
  if (text === undefined) return undefined;
  const word = words.find(candidate => candidate === text);
  return (
    word ?? refuse(element, `attribute "${name}" of ${element.name} is "${text.slice(0, 40)}", which is not one of ${words.join(', ')}`)
  );
}

export function requiredWord<Word extends string>(element: XmlElement, name: string, words: readonly Word[]): Word {
  return optionalWord(element, name, words) ?? refuse(element, `${element.name} has no attribute "${name}"`);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number as XML Schema writes doubles, `INF` and `NaN` included; `undefined` for anything else. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return Number(trimmed);
  switch (trimmed) {
    case 'INF':
    case '+INF':
    case 'Infinity':
      return Infinity;
    case '-INF':
    case '-Infinity':
      return -Infinity;
    case 'NaN':
      return NaN;
    default:
      return undefined;
  }
}

/** Refuses the document because of an element. @throws {MillraceError} `MODEL_LOAD`, always. */
export function refuse(element: XmlElement, message: string, next?: string): never {
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `line ${element.line} of the PMML document: ${message}`,
    ...(next !== undefined && { notes: [{ message: next }] }),
  });
}
