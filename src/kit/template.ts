import Mustache from 'mustache';
import { MillraceError } from '../common/error.js';
import { valueAt, type Batch, type Value } from '../spec/batch.js';
import type { DataType, Field } from '../spec/data-type.js';
import { jsonText, scalarText, shortFloat } from './json-text.js';

export interface TemplateInit {
  /** Mustache: `{{column}}`, `{{row.field}}`, `{{#array}}…{{/array}}`. */
  readonly template: string;
  /** The columns that the template may name. */
  readonly fields: readonly Field[];
  /** The option's key, for messages. */
  readonly option: string;
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
export function compileTemplate({ template, fields, option }: TemplateInit): RowText {
  const tokens = parseTemplate(template, option);
  const names = new Set(fields.map(field => field.name));
  const used = new Set<string>();
  checkTokens(tokens, { option, names, used, depth: 0 });
  const columns = fields.flatMap((field, index) => (used.has(field.name) ? [{ ...field, index }] : []));
  const writer = new Mustache.Writer();
  return (batch, row) => {
    const view: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { name, type, index } of columns) view[name] = viewOf(valueAt(batch.columns[index]!, row), type);
    return writer.renderTokens(tokens as unknown as string[][], new Mustache.Context(view), undefined, template, { escape: printed });
  };
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
  readonly option: string;
  readonly names: ReadonlySet<string>;
  /** Gets the columns that the template names. */
  readonly used: Set<string>;
  /** How many sections stand around; inside one, a name can also be a field of its value. */
  readonly depth: number;
}

function checkTokens(tokens: readonly Token[], check: TokenCheck): void {
  const { option, names, used, depth } = check;
  for (const [kind, name, , , nested] of tokens) {
    if (kind === '>')
      throw new MillraceError({ code: 'INVALID_OPTION', message: `"${option}" has the partial "${name}", and there are no partials` });
    if (kind !== 'name' && kind !== '#' && kind !== '^') continue;
    const root = name.split('.')[0]!;
    if (names.has(root)) used.add(root);
    else if (depth === 0) throw unknownColumn(root, check);
    if (Array.isArray(nested)) checkTokens(nested as Token[], { ...check, depth: depth + 1 });
  }
}

function unknownColumn(name: string, { option, names }: TokenCheck): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `"${option}" names "${name}", which is no INPUT column`,
    notes: [{ message: `the INPUT columns are ${[...names].map(known => `"${known}"`).join(', ')}` }],
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
