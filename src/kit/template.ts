import Mustache from 'mustache';
import { MillraceError } from '../common/error.js';
import { valueAt, type Batch, type Value } from '../spec/batch.js';
import type { DataType, Field } from '../spec/data-type.js';
import { jsonText, scalarText, shortFloat } from './json-text.js';
import { oneLineJson } from './one-line-json.js';

export interface TemplateInit {
  /** Mustache: `{{column}}`, `{{row.field}}`, `{{#array}}…{{/array}}`. */
  readonly template: string;
  /** The columns that the template may name. */
  readonly fields: readonly Field[];
  /** The option's key, for messages. */
  readonly option: string;
  /** How values go in: strings and times as they are (the default), or as JSON strings on one line. */
  readonly values?: 'text' | 'json' | undefined;
  /** What the names are and how to write them, for messages; INPUT columns when absent. */
  readonly naming?: { readonly noun: string; readonly hint: string } | undefined;
}

/** The text of one row (from 0) of a batch. */
export type RowText = (batch: Batch, row: number) => string;

/** Type, name, start, end, and for sections their tokens. */
type Token = [kind: string, name: string, start: number, end: number, ...rest: unknown[]];

/** How a collection prints where the template names it as a whole. */
const WHOLE = Symbol('whole');

/**
 * Fills a mustache template with the columns of a row.
 *
 * Values go in as they are, without HTML escaping and without being read as templates; NULL gives nothing.
 *
 * @throws {MillraceError} `INVALID_OPTION` for a template that is not mustache, names another column, or has partials.
 */
export function compileTemplate(init: TemplateInit): RowText {
  const { template, fields, option } = init;
  const tokens = parseTemplate(template, option);
  const used = new Set<string>();
  const names = new Map(fields.map(({ name, type }) => [name, type]));
  checkTokens(tokens, { init, names, used, isSection: false, isOpen: false });
  const escape = init.values === 'json' ? printedAsJson : printed;
  const columns = fields.flatMap((field, index) => (used.has(field.name) ? [{ ...field, index }] : []));
  const writer = new Mustache.Writer();
  return (batch, row) => {
    const view: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { name, type, index } of columns) view[name] = viewOf(valueAt(batch.columns[index]!, row), type);
    return writer.renderTokens(tokens as unknown as string[][], new Mustache.Context(view), undefined, template, { escape });
  };
}

/** Every name in a template, those inside sections included. @throws {MillraceError} `INVALID_OPTION` as `compileTemplate`. */
export function namesIn({ template, option }: Pick<TemplateInit, 'template' | 'option'>): ReadonlySet<string> {
  const names = (tokens: readonly Token[]): string[] =>
    tokens.flatMap(([kind, name, , , nested]) => [
      ...(kind === 'text' ? [] : [name]),
      ...(Array.isArray(nested) ? names(nested as Token[]) : []),
    ]);
  return new Set(names(parseTemplate(template, option)));
}

function parseTemplate(template: string, option: string): Token[] {
  try {
    return unescaped(new Mustache.Writer().parse(template) as Token[]);
  } catch (cause) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"${option}" is not a mustache template: ${(cause as Error).message}`,
      cause,
    });
  }
}

/** `{{{x}}}` and `{{&x}}` become `{{x}}`, since nothing is escaped here and only `{{x}}` goes through `printed`. */
function unescaped(tokens: readonly Token[]): Token[] {
  return tokens.map(([kind, name, start, end, ...rest]) => {
    const [nested, ...more] = rest;
    const inner = Array.isArray(nested) ? [unescaped(nested as Token[]), ...more] : rest;
    return [kind === '&' ? 'name' : kind, name, start, end, ...inner];
  });
}

interface TokenCheck {
  readonly init: TemplateInit;
  /** What may be named here, with its type. */
  readonly names: ReadonlyMap<string, DataType>;
  /** Gets the columns that the template names. */
  readonly used: Set<string>;
  /** Whether a section stands around. */
  readonly isSection: boolean;
  /** Whether names can also be keys of a MAP around, which only its values tell. */
  readonly isOpen: boolean;
}

function checkTokens(tokens: readonly Token[], check: TokenCheck): void {
  const { init, names, used, isSection, isOpen } = check;
  for (const [kind, name, , , nested] of tokens) {
    if (kind === '>')
      throw new MillraceError({ code: 'INVALID_OPTION', message: `"${init.option}" has the partial "${name}", and there are no partials` });
    if (kind !== 'name' && kind !== '#' && kind !== '^') continue;
    const root = name.split('.')[0]!;
    if (names.has(root)) used.add(root);
    else if (!isOpen && !(isSection && name === '.')) throw unknownName(root, check);
    if (Array.isArray(nested)) checkTokens(nested as Token[], { ...check, ...insideOf(name, check) });
  }
}

/** In a section of a ROW, or of an ARRAY of them, its fields can be named too. */
function insideOf(name: string, { names, isOpen }: TokenCheck): Pick<TokenCheck, 'names' | 'isSection' | 'isOpen'> {
  const type = names.get(name);
  const item = type?.kind === 'ARRAY' || type?.kind === 'MULTISET' ? type.element : type;
  if (item?.kind === 'ROW')
    return { names: new Map([...names, ...item.fields.map(field => [field.name, field.type] as const)]), isSection: true, isOpen };
  return { names, isSection: true, isOpen: isOpen || item === undefined || item.kind === 'MAP' };
}

function unknownName(name: string, { init: { option, naming }, names }: TokenCheck): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `"${option}" names "${name}", which is no ${naming?.noun ?? 'INPUT column'}`,
    notes: [{ message: naming?.hint ?? `the INPUT columns are ${[...names.keys()].map(known => `"${known}"`).join(', ')}` }],
  });
}

function viewOf(value: Value, type: DataType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'DOUBLE':
      return value;
    case 'FLOAT':
      return shortFloat(value as number);
    case 'ARRAY':
    case 'MULTISET':
      return whole(
        (value as readonly Value[]).map(item => viewOf(item, type.element)),
        value,
        type,
      );
    case 'ROW': {
      const fields = type.fields.map((field, i): [string, unknown] => [
        field.name,
        viewOf((value as readonly Value[])[i] ?? null, field.type),
      ]);
      return whole(objectOf(fields), value, type);
    }
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)].map(([key, item]): [string, unknown] => [
        scalarText(key, type.key),
        viewOf(item, type.value),
      ]);
      return whole(objectOf(entries), value, type);
    }
    default:
      return scalarText(value, type);
  }
}

/** Without a prototype: mustache must not find `constructor` and the like in a row. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const view: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) view[name] = value;
  return view;
}

function whole(view: object, value: Value, type: DataType): object {
  return Object.assign(view, { [WHOLE]: () => jsonText(value, type) });
}

function printed(value: unknown): string {
  if (typeof value === 'object' && value !== null && WHOLE in value) return (value[WHOLE] as () => string)();
  return String(value);
}

function printedAsJson(value: unknown): string {
  if (typeof value === 'string') return oneLineJson(JSON.stringify(value));
  return oneLineJson(printed(value));
}
