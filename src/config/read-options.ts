import type { z } from 'zod';
import { MillraceError, MillraceErrors } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { OptionSpans } from '../common/span.js';
import { prefixesOf, type OptionSchema } from '../spec/option.js';
import { hasPlaceholder, resolvePlaceholders, type SecretSource } from './placeholders.js';

/** One declaration of options that a WITH clause may hold. */
export interface OptionGroup<Schema extends OptionSchema = OptionSchema> {
  readonly schema: Schema;
  /** Stands in front of each key: `json.` */
  readonly prefix?: string;
  /** Whether the keys are left out where a message lists what there is. */
  readonly unlisted?: boolean;
}

/** What somebody wrote. */
export interface GivenOptions {
  /** Names the owner in messages: `table "orders"`. */
  readonly owner: string;
  readonly values: ReadonlyMap<string, string>;
  /** Where keys and values stand, for messages; absent where the text is not at hand. */
  readonly spans?: OptionSpans | undefined;
}

export type OptionsOf<Groups extends readonly OptionGroup[]> = {
  readonly [Index in keyof Groups]: Groups[Index] extends OptionGroup<infer Schema> ? z.output<Schema> : never;
};

/**
 * Reads options by their declarations: aliases, values, defaults; secrets and variables are put in first.
 *
 * @returns the parsed options of each group, in the order of the groups.
 * @throws {MillraceErrors} with every unknown key, bad value, missing option and missing secret.
 */
export function readOptions<const Groups extends readonly OptionGroup[]>(
  given: GivenOptions,
  groups: Groups,
  secrets: SecretSource,
): OptionsOf<Groups> {
  const reading = new Reading(given);
  const assigned = reading.assign(groups);
  const parsed = groups.map((group, index) => {
    const values = new Map<string, string>();
    const unresolved = new Set<string>();
    for (const [key, value] of assigned[index]!) {
      const resolved = reading.attempt((group.prefix ?? '') + key, () => resolvePlaceholders(value, secrets));
      if (resolved === undefined) unresolved.add(key);
      else values.set(key, resolved);
    }
    return reading.parse(group, values, unresolved);
  });
  reading.check();
  return parsed as unknown as OptionsOf<Groups>;
}

/** Reports what is wrong with options as far as their text tells: values with secrets or variables are not looked at. */
export function checkOptions(given: GivenOptions, groups: readonly OptionGroup[]): void {
  const reading = new Reading(given);
  reading.assign(groups).forEach((values, index) => {
    const open = new Set([...values].filter(([, value]) => hasPlaceholder(value)).map(([key]) => key));
    reading.parse(groups[index]!, new Map([...values].filter(([key]) => !open.has(key))), open);
  });
  reading.check();
}

/**
 * The options with every key in its canonical form, so that a later spelling can replace an earlier one.
 *
 * @throws {MillraceErrors} for unknown keys and for one option in two spellings.
 */
export function canonicalOptions(given: GivenOptions, groups: readonly OptionGroup[]): Map<string, string> {
  const reading = new Reading(given);
  const assigned = reading.assign(groups);
  reading.check();
  return new Map(
    groups.flatMap(({ prefix = '' }, index) => [...assigned[index]!].map(([key, value]): [string, string] => [prefix + key, value])),
  );
}

/** The canonical form of a key in any of its spellings; a key that nobody declares is its own. */
export function canonicalKey(written: string, groups: readonly OptionGroup[]): string {
  return spellingsOf(groups).get(written)?.canonical ?? written;
}

interface DeclaredOption {
  readonly group: number;
  /** Without prefix. */
  readonly key: string;
  /** With prefix. */
  readonly canonical: string;
}

function spellingsOf(groups: readonly OptionGroup[]): Map<string, DeclaredOption> {
  const spellings = new Map<string, DeclaredOption>();
  groups.forEach(({ schema, prefix = '' }, group) => {
    for (const [key, option] of Object.entries(schema.shape)) {
      const declared = { group, key, canonical: prefix + key };
      for (const spelling of [key, ...aliasesOf(option as z.ZodType)]) spellings.set(prefix + spelling, declared);
    }
  });
  return spellings;
}

/** A key that no group declares and one lets in by how it begins. */
function openOptionOf(written: string, groups: readonly OptionGroup[]): DeclaredOption | undefined {
  const group = groups.findIndex(({ schema, prefix = '' }) => prefixesOf(schema).some(open => written.startsWith(prefix + open)));
  if (group === -1) return undefined;
  return { group, key: written.slice((groups[group]!.prefix ?? '').length), canonical: written };
}

class Reading {
  readonly #given: GivenOptions;
  readonly #errors: MillraceError[] = [];
  /** The key as written, by its canonical form with prefix. */
  readonly #writtenAs = new Map<string, string>();

  /** Options that somebody meant by a key that is not known, in canonical form. */
  readonly #mistyped = new Set<string>();

  constructor(given: GivenOptions) {
    this.#given = given;
  }

  /** What `action` gives, or `undefined` with its error noted. @param key canonical, with prefix. */
  attempt<T>(key: string, action: () => T): T | undefined {
    try {
      return action();
    } catch (thrown) {
      if (!MillraceError.is(thrown)) throw thrown;
      this.#errors.push(this.#placed(thrown, key, 'value'));
      return undefined;
    }
  }

  check(): void {
    if (this.#errors.length === 1) throw this.#errors[0]!;
    if (this.#errors.length > 1) throw new MillraceErrors(this.#errors.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0)));
  }

  /** Which value belongs to which option of which group; keys are canonical, without prefix. */
  assign(groups: readonly OptionGroup[]): Map<string, string>[] {
    const spellings = spellingsOf(groups);
    const assigned = groups.map(() => new Map<string, string>());
    for (const [written, value] of this.#given.values) {
      const found = spellings.get(written) ?? openOptionOf(written, groups);
      if (!found) this.#errors.push(this.#unknown(written, groups, spellings.keys()));
      else this.#assign(assigned[found.group]!, { key: found.key, full: (groups[found.group]!.prefix ?? '') + found.key, written, value });
    }
    return assigned;
  }

  #assign(values: Map<string, string>, { key, full, written, value }: { key: string; full: string; written: string; value: string }): void {
    const before = this.#writtenAs.get(full);
    if (values.has(key)) {
      this.#errors.push(
        this.#placed(
          new MillraceError({
            code: 'DUPLICATE_NAME',
            message: `options "${before}" and "${written}" of ${this.#given.owner} are the same`,
          }),
          written,
          'key',
        ),
      );
    }
    this.#writtenAs.set(full, written);
    values.set(key, value);
  }

  /** @param open keys that were given, but whose values are not known: nothing is said about them. */
  parse({ schema, prefix = '' }: OptionGroup, values: ReadonlyMap<string, string>, open: ReadonlySet<string>): unknown {
    const result = schema.safeParse(Object.fromEntries(values));
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const key = String(issue.path[0] ?? '');
      // A mistyped key is told once, where it stands.
      if (open.has(key) || (!values.has(key) && this.#mistyped.has(prefix + key))) continue;
      const written = this.#writtenAs.get(prefix + key) ?? prefix + key;
      const isMissing = !values.has(key);
      this.#errors.push(
        isMissing
          ? new MillraceError({
              code: 'MISSING_OPTION',
              message: `${this.#given.owner} lacks the option "${prefix}${key}"`,
              notes: [{ message: `add '${prefix}${key}' = '…' to WITH` }],
            })
          : this.#placed(
              new MillraceError({
                code: 'INVALID_OPTION',
                message: `option "${written}" of ${this.#given.owner}: ${this.#complaint(issue.message, written, schema.shape[key])}`,
              }),
              written,
              'value',
            ),
      );
    }
    return undefined;
  }

  /** What is wrong with a value; of one that came from a secret or variable, only what stands in the text is shown. */
  #complaint(message: string, written: string, option: unknown): string {
    const text = this.#given.values.get(written) ?? '';
    if (!hasPlaceholder(text)) return message;
    const ofText = (option as z.ZodType).safeParse(text);
    return ofText.success ? 'the value that it refers to is not accepted' : ofText.error.issues[0]!.message;
  }

  #unknown(written: string, groups: readonly OptionGroup[], spellings: Iterable<string>): MillraceError {
    const suggestion = nearest(written, spellings);
    if (suggestion !== undefined) this.#mistyped.add(canonicalKey(suggestion, groups));
    const listed = groups.filter(({ unlisted }) => !unlisted);
    const keys = listed.flatMap(({ schema, prefix = '' }) => Object.keys(schema.shape).map(key => prefix + key));
    const note = suggestion === undefined ? `the options are ${keys.join(', ')}` : `did you mean "${suggestion}"?`;
    return this.#placed(
      new MillraceError({ code: 'UNKNOWN_OPTION', message: `${this.#given.owner} has no option "${written}"`, notes: [{ message: note }] }),
      written,
      'key',
    );
  }

  #placed(error: MillraceError, written: string, part: 'key' | 'value'): MillraceError {
    const span = this.#given.spans?.get(written)?.[part] ?? this.#given.spans?.get(this.#writtenAs.get(written) ?? '')?.[part];
    return span ? error.at(span) : error;
  }
}

function aliasesOf(option: z.ZodType): readonly string[] {
  return (option.meta()?.['aliases'] as readonly string[] | undefined) ?? [];
}
