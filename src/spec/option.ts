import { z } from 'zod';
import { parseDuration } from '../common/duration.js';
import { parseMemorySize } from '../common/memory-size.js';

/** What an option tells about itself, besides its schema. */
export interface OptionDocs {
  /** One sentence for the reference and for help. */
  readonly doc: string;
  /** Other spellings of the key. */
  readonly aliases?: readonly string[];
}

/** A declared set of options: key in SQL → schema with docs. The input of every schema is the string of the WITH clause. */
export type OptionSchema = z.ZodObject;

/** One option of an `OptionSchema`: declares its docs and aliases on the schema that checks its value. */
export function option<Schema extends z.ZodType>(schema: Schema, docs: OptionDocs): Schema {
  return schema.meta({ description: docs.doc, ...(docs.aliases && { aliases: docs.aliases }) });
}

/** A value that never reaches a log, an error message, EXPLAIN or SHOW CREATE. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '******';
  }
  toJSON(): string {
    return '******';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '******';
  }
}

function parsed<Value>(format: string, parse: (text: string) => Value | undefined, expected: string) {
  return z
    .string()
    .meta({ format })
    .transform((text, context): Value => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `expected ${expected}, found "${text}"` });
      return z.NEVER;
    });
}

export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
}

function limited(limits: NumberLimits, value: number): number | undefined {
  return value < (limits.min ?? -Infinity) || value > (limits.max ?? Infinity) ? undefined : value;
}

function range({ min, max }: NumberLimits): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

/** Any text, as written. */
export function text() {
  return z.string();
}

/** `true` or `false`. */
export function flag() {
  const words = new Map([
    ['true', true],
    ['false', false],
  ]);
  return parsed('boolean', value => words.get(value.trim().toLowerCase()), '"true" or "false"');
}

/** A whole number that a double holds exactly. */
export function integer(limits: NumberLimits = {}) {
  return parsed(
    'integer',
    value => (/^\s*[+-]?\d+\s*$/.test(value) && Number.isSafeInteger(Number(value)) ? limited(limits, Number(value)) : undefined),
    `a whole number${range(limits)}`,
  );
}

/** A number. */
export function number(limits: NumberLimits = {}) {
  const shape = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
  return parsed(
    'number',
    value => (shape.test(value) && Number.isFinite(Number(value)) ? limited(limits, Number(value)) : undefined),
    `a number${range(limits)}`,
  );
}

/** A duration such as `500 ms`, `10s` or `1 min`; the parsed value is in milliseconds. A bare number is milliseconds. */
export function duration() {
  return parsed('duration', parseDuration, 'a duration such as "500 ms" or "10 s"');
}

/** A size such as `64 kb`; the parsed value is in bytes. */
export function memorySize() {
  return parsed('memory-size', parseMemorySize, 'a size such as "64 kb" or "1 mb"');
}

/** One of the given words, in any case. */
export function oneOf<const Word extends string>(...words: readonly Word[]) {
  const known = new Map(words.map(word => [word.toLowerCase(), word]));
  return parsed<Word>(
    `enum:${words.join('|')}`,
    value => known.get(value.trim().toLowerCase()),
    `one of ${words.map(word => `"${word}"`).join(', ')}`,
  );
}

/** Words separated by `separator`, trimmed. */
export function list(separator = ',') {
  return parsed(
    'list',
    value =>
      value
        .split(separator)
        .map(part => part.trim())
        .filter(part => part !== ''),
    `words separated by "${separator}"`,
  );
}

/** A JSON object. */
export function jsonObject() {
  return parsed('json', parseObject, 'a JSON object such as {"key": 1}');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A credential; write it as `'{{ secret.NAME }}'` or `'${NAME}'` in SQL so that it stays out of the text. */
export function secret() {
  return z
    .string()
    .meta({ format: 'secret' })
    .transform(value => new Secret(value));
}

/** An address that may hold a password: a URL such as `example`. The value is never shown, not even where it is none. */
export function address(example: string) {
  return z
    .string()
    .meta({ format: 'secret' })
    .transform((value, context): Secret => {
      if (URL.canParse(value)) return new Secret(value);
      context.addIssue({ code: 'custom', message: `expected an address such as "${example}"` });
      return z.NEVER;
    });
}

/** The schema with options that are not declared one by one: every key that begins with one of `prefixes`, its value a text. */
export function openPrefixes<Schema extends OptionSchema>(schema: Schema, prefixes: readonly string[]): OptionSchema {
  return schema.catchall(z.string()).meta({ prefixes });
}

/** What the keys begin with that `openPrefixes` let in. */
export function prefixesOf(schema: OptionSchema): readonly string[] {
  return (schema.meta()?.['prefixes'] as readonly string[] | undefined) ?? [];
}
