import { hash32, seededRandom } from '../../kit/seeded-random.js';
import { isObject, type Body } from './json-body.js';
import { valueOfSchema } from './json-schema-value.js';
import type { SimulatedForm } from './simulated-text.js';

/** One answer, by the names of its fields; the id is one of them. */
export type RowAnswer = Readonly<Record<string, unknown>>;

/** What a prompt of several rows asks for. */
export interface RowForm {
  /** The fields of an answer besides its id, made from nothing but what the row says. */
  fields(content: string): RowAnswer;
  /** The reply. */
  write(answers: readonly RowAnswer[]): string;
}

export interface RowFormInit {
  readonly seed: string;
  readonly idName: string;
  readonly form: SimulatedForm;
  readonly instructions: string;
  readonly message: string;
  /** What the model says to a text alone. */
  readonly say: (content: string) => string;
}

/**
 * The form of answers that a prompt asks for: a schema, our own forms in words, or a template such as
 * `[{"index": <n>, "mood": "<good|bad>"}]`; `undefined` where it is none of these.
 */
export function rowFormOf(init: RowFormInit): RowForm | undefined {
  return bySchema(init) ?? byXml(init) ?? byLines(init) ?? byTemplate(init);
}

function bySchema({ seed, idName, form, instructions, say }: RowFormInit): RowForm | undefined {
  const [, text] = /satisfies this JSON schema:\n(\{.*\})$/m.exec(instructions) ?? [];
  const schema = form.kind === 'schema' ? form.schema : text === undefined ? undefined : (JSON.parse(text) as Body);
  const item = memberAt(schema, ['properties', 'answers', 'items']);
  if (item === undefined) return undefined;
  const { [idName]: _, ...properties } = item['properties'] as Readonly<Record<string, Body>>;
  const [[name, only] = [], ...more] = Object.entries(properties);
  const isText = more.length === 0 && [only!['type']].flat().includes('string') && only!['description'] === undefined;
  return {
    fields: content =>
      isText
        ? { [name!]: say(content) }
        : // As the single call, whose schema has the same properties.
          (valueOfSchema({ ...item, properties }, { random: seededRandom(`${seed}/0/${content}`), text: 'label' }) as RowAnswer),
    write: answers => JSON.stringify({ answers }),
  };
}

function byXml({ instructions, say }: RowFormInit): RowForm | undefined {
  const [, fields] = /<answers><answer><[^>]+>…<\/[^>]+>(.*)<\/answer><\/answers>/.exec(instructions) ?? [];
  if (fields === undefined) return undefined;
  const names = Array.from(fields.matchAll(/<([\w.-]+)>[^<]*<\/\1>/g), ([, name]) => name!);
  const element = ([name, value]: [string, unknown]): string => `<${name}>${escapeXml(String(value))}</${name}>`;
  return {
    fields: content => textFields(names, content, say),
    write: answers =>
      `<answers>\n${answers.map(answer => `<answer>${Object.entries(answer).map(element).join('')}</answer>`).join('\n')}\n</answers>`,
  };
}

function byLines({ instructions, say }: RowFormInit): RowForm | undefined {
  const [, form] = /one line for each row, of this form:\n(.*)$/m.exec(instructions) ?? [];
  const [, delimiter] = /^<[^>]+>([^<]+)</.exec(form ?? '') ?? [];
  if (form === undefined || delimiter === undefined) return undefined;
  const [, ...names] = Array.from(form.matchAll(/<([^>]+)>/g), ([, name]) => name!);
  const quoted = (value: unknown): string => `"${String(value).replaceAll('"', '""')}"`;
  return {
    fields: content => textFields(names, content, say),
    write: answers =>
      answers
        .map(answer =>
          Object.values(answer)
            .map((value, i) => (i === 0 ? String(value) : quoted(value)))
            .join(delimiter),
        )
        .join('\n'),
  };
}

/** A template that shows one answer: its second field is one of several words, a list, or a text. */
function byTemplate({ seed, idName, instructions, message, say }: RowFormInit): RowForm | undefined {
  const [, index, name, words, list] =
    /\{\s*"([^"]+)":\s*[^,"]+,\s*"([^"]+)":\s*(?:"<?([^">]*)>?"|(\[))/.exec(`${instructions}\n${message}`) ?? [];
  if (index !== idName || name === undefined) return undefined;
  const choices = words?.split('|') ?? [];
  const value = (content: string): unknown => {
    if (list !== undefined) return [say(content)];
    return choices.length > 1 ? choices[hash32(`${seed}/${content}`) % choices.length] : say(content);
  };
  return { fields: content => ({ [name]: value(content) }), write: answers => JSON.stringify(answers) };
}

function textFields(names: readonly string[], content: string, say: (content: string) => string): RowAnswer {
  return Object.fromEntries(names.map((name, i) => [name, say(i === 0 ? content : `${name}/${content}`)]));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>\r\u0085\u2028\u2029]/g, char => `&#${char.charCodeAt(0)};`);
}

function memberAt(value: unknown, path: readonly string[]): Body | undefined {
  const found = path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);
  return isObject(found) ? found : undefined;
}
