import { MillraceError } from '../../../common/error.js';
import { nearest } from '../../../common/nearest.js';
import type { DerivedField } from '../parse/field.js';
import type { Code } from './code.js';
import type { Compilation } from './compilation.js';
import { refuseLine } from './compilation.js';
import { RowFailure, type Row } from './row.js';
import { castValue, familyOf, javaDoubleText, type FieldType, type Value } from './value.js';

/** Makes a field when somebody first asks for it. */
export type CompileField = () => Code;

interface Waiting {
  readonly compile: CompileField;
  readonly line: number;
  readonly derived: DerivedField | undefined;
}

/**
 * The names that a model's expressions may use, and those of the models round it.
 *
 * Fields are compiled when they are first used: what nobody uses costs nothing and cannot fail.
 */
export class Scope {
  readonly compilation: Compilation;
  readonly parent: Scope | undefined;
  readonly #waiting = new Map<string, Waiting>();
  readonly #compiled = new Map<string, Code>();
  readonly #open = new Set<string>();

  constructor(compilation: Compilation, parent?: Scope) {
    this.compilation = compilation;
    this.parent = parent;
  }

  /** A name of this scope hides the same one round it. */
  define(name: string, compile: CompileField, line: number, derived?: DerivedField): void {
    this.#waiting.set(name, { compile, line, derived });
    this.#compiled.delete(name);
  }

  /** @throws {MillraceError} `MODEL_LOAD` when a field is made of itself. */
  find(name: string): Code | undefined {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) return this.parent?.find(name);
    if (this.#open.has(name)) refuseLine(waiting.line, `the field "${name}" is computed from itself`);
    if (this.#open.size >= MOST_NESTED) refuseLine(waiting.line, `fields are computed from each other more than ${MOST_NESTED} deep`);
    this.#open.add(name);
    try {
      const code = waiting.compile();
      this.#compiled.set(name, code);
      return code;
    } finally {
      this.#open.delete(name);
    }
  }

  /** @throws {MillraceError} `MODEL_LOAD` when there is no such field. */
  field(name: string): Code {
    const found = this.find(name);
    if (found !== undefined) return found;
    const meant = nearest(name, this.#names());
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the PMML document uses the field "${name}", which it does not define there${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
      notes: [{ message: 'a field must be in the MiningSchema of the model that uses it, or be derived' }],
    });
  }

  /** The field that a derived field stands for: that which it refers to, and so on, while those are derived ones. */
  derived(field: DerivedField): DerivedField {
    let current = field;
    for (let steps = 0; steps < MOST_NESTED; steps++) {
      if (current.expression.kind !== 'fieldRef') return current;
      const next = this.#waitingFor(current.expression.field)?.derived;
      if (next === undefined) return current;
      current = next;
    }
    return refuseLine(field.line, `the field "${field.name}" refers to itself`);
  }

  #waitingFor(name: string): Waiting | undefined {
    return this.#waiting.get(name) ?? (this.parent === undefined ? undefined : this.parent.#waitingFor(name));
  }

  #names(): string[] {
    return [...this.#waiting.keys(), ...(this.parent?.compilation.dataFields.keys() ?? [])];
  }
}

const MOST_NESTED = 500;

/** A field whose value is computed once a row, when it is first read. */
export function memoized(compilation: Compilation, code: Code): Code {
  const slot = compilation.newSlot();
  const { evaluate } = code;
  return {
    dataType: code.dataType,
    opType: code.opType,
    cost: 1,
    memo: slot,
    categories: code.categories,
    evaluate: row => {
      if (row.has(slot)) return row.values[slot];
      const value = evaluate(row);
      row.set(slot, value);
      return value;
    },
  };
}

/** Code with a declared type: its values are cast, and one that has no such value fails its row. */
export function castCode(code: Code, type: FieldType, what: string): Code {
  const { evaluate } = code;
  if (code.dataType === type.dataType) return { ...type, evaluate, cost: code.cost, categories: code.categories };
  const isDouble = code.dataType === 'double' || code.dataType === 'float';
  if (type.dataType === 'double' && familyOf(code.dataType) === 'number') return { ...type, evaluate, cost: code.cost };
  const cast = (row: Row): Value => {
    const value = evaluate(row);
    if (value === undefined) return undefined;
    if (isDouble && type.dataType === 'string') return javaDoubleText(value as number);
    const converted = castValue(value, type.dataType);
    if (converted === undefined) throw new RowFailure(`${what} is ${describeValue(value)}, which is not ${aType(type)}`);
    return converted;
  };
  return { ...type, evaluate: cast, cost: code.cost + 1 };
}

function aType({ dataType }: FieldType): string {
  return `${dataType === 'integer' ? 'an' : 'a'} ${dataType}`;
}

/** A value for a message, cut where it is long. */
export function describeValue(value: Value): string {
  if (value === undefined) return 'missing';
  const text = String(value);
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}
