import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { formatType, withNullable, type DataType, type Field } from '../../../spec/data-type.js';
import { readValue } from '../../read-json-value.js';
import type { AnswerFields } from './answer-fields.js';
import type { AnswersForm, FoundAnswer, FoundAnswers } from './answers-form.js';
import { findXml } from './find-xml.js';
import { loadXmlLibrary, type Element, type XmlLibrary } from './xml-library.js';
import { childOf, childrenOf, isElement, jsonOf, ownText } from './xml-value.js';

export interface XmlAnswersInit {
  readonly fields: AnswerFields;
  /** The option `response.path`. */
  readonly path?: string | undefined;
  /** Whether the user's own template says what a reply looks like. */
  readonly hasTemplate: boolean;
}

/**
 * Answers as XML elements that `response.path` selects. The id and the OUTPUT columns are child elements or attributes;
 * the only OUTPUT column may also be the text of the element. White space round a value does not count, and an element
 * that is left out is NULL. Entities of a document type are not known, so that a reply cannot be longer than it looks.
 *
 * @throws {MillraceError} `INVALID_OPTION` for a path that is no XPath or selects nothing in our own form; `MODEL_SCHEMA`
 * for a column that no element can be named after.
 */
export function createXmlAnswers({ fields, path = '//answer', hasTemplate }: XmlAnswersInit): AnswersForm {
  const library = loadXmlLibrary();
  checkNames(fields);
  const answer = [`<${fields.index}>…</${fields.index}>`, ...fields.values.map(showField)].join('');
  const form = `<answers><answer>${answer}</answer></answers>`;
  checkPath(path, { library, form, hasTemplate });
  const instruction = `Reply with nothing but XML of this form, with one <answer> for each row; leave out an element whose value is NULL:\n${form}`;
  return {
    reply: { kind: 'text' },
    instruction: hasTemplate ? undefined : instruction,
    find: reply => findElements(reply, { library, path, fields }),
  };
}

function checkNames({ index, values }: AnswerFields): void {
  const name = [index, ...namesOf(values)].find(each => !/^[A-Za-z_][\w.-]*$/.test(each));
  if (name === undefined) return;
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: `"${name}" cannot be the name of an XML element`,
    notes: [{ message: 'name the OUTPUT column with letters, digits and "_", or set "response.value.field"' }],
  });
}

function namesOf(fields: readonly Field[]): readonly string[] {
  return fields.flatMap(({ name, type }) => [name, ...(type.kind === 'ROW' ? namesOf(type.fields) : [])]);
}

/** What an element of a column looks like, with the type in the place of the value. */
function showField({ name, type }: Field): string {
  return `<${name}>${showType(type)}</${name}>`;
}

function showType(type: DataType): string {
  switch (type.kind) {
    case 'ROW':
      return type.fields.map(showField).join('');
    case 'ARRAY':
    case 'MULTISET':
      return `<item>${showType(type.element)}</item>…`;
    case 'MAP':
      return `<entry><key>${showType(type.key)}</key><value>${showType(type.value)}</value></entry>…`;
    default:
      return formatType(withNullable(type, true));
  }
}

interface PathCheck {
  readonly library: XmlLibrary;
  readonly form: string;
  readonly hasTemplate: boolean;
}

function checkPath(path: string, { library, form, hasTemplate }: PathCheck): void {
  let selected: readonly unknown[];
  try {
    selected = library.select(path, library.parse(form));
  } catch (cause) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"response.path" is no XPath of elements: ${reasonOf(cause)}`,
      notes: [{ message: 'write for example "//answer"' }],
      cause,
    });
  }
  if (hasTemplate || selected.length > 0) return;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `"response.path" selects nothing in ${form}, which is the form that the model is asked for`,
    notes: [{ message: 'leave it out, or ask for another form in "batch.prompt-template"' }],
  });
}

/** The line of the library's message that says what is wrong; it shows the expression above it. */
function reasonOf(cause: unknown): string {
  const lines = (cause as Error).message.split('\n');
  return (lines.find(line => /^(?:Error: )?[A-Z]{4}\d{4}:/.test(line)) ?? lines[0]!).replace(/^Error: /, '');
}

interface Reading {
  readonly library: XmlLibrary;
  readonly path: string;
  readonly fields: AnswerFields;
}

function findElements(reply: string, { library, path, fields }: Reading): FoundAnswers {
  const documents = findXml(reply, library);
  const answers = documents.flatMap(({ document, open }): FoundAnswer[] => {
    const selected = library.select(path, document).filter(isElement);
    return selected
      .filter(element => !open.has(element))
      .map(element => ({ id: idOf(element, fields.index), read: () => readElement(element, fields) }));
  });
  const problem = documents.length === 0 ? 'the reply is not XML' : `the reply has no answers at ${path}`;
  return { answers, problem: answers.length === 0 ? problem : undefined };
}

/** The text of the attribute or only child element of that name. */
function idOf(element: Element, name: string): string | undefined {
  const [child, ...more] = childrenOf(element).filter(each => each.localName === name);
  return more.length > 0 ? undefined : (child?.textContent ?? element.getAttribute(name))?.trim();
}

function readElement(element: Element, { index, values }: AnswerFields): Value[] {
  return values.map(({ name, type }) => {
    const child = childOf(element, name);
    if (child !== undefined) return readValue(jsonOf(child, type), type, name);
    const bare = values.length === 1 && childrenOf(element).every(other => other.localName === index) ? ownText(element) : '';
    return readValue(element.getAttribute(name) ?? (bare === '' ? undefined : bare), type, name);
  });
}
