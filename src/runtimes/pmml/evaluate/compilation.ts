import { MillraceError } from '../../../common/error.js';
import type { DataField, DefineFunction } from '../parse/field.js';
import type { Code } from './code.js';

const MOST_STEPS = 1_000_000;
const MOST_INSTANCES = 10_000;

/** What the compilation of one document shares: slots, functions and limits. */
export class Compilation {
  readonly dataFields: ReadonlyMap<string, DataField>;
  readonly functions: ReadonlyMap<string, DefineFunction>;
  /** Compiled functions, by name and types of arguments. */
  readonly instances = new Map<string, { readonly code: Code; readonly slots: readonly number[] } | 'open'>();
  #slots = 0;

  constructor(dataFields: readonly DataField[], functions: readonly DefineFunction[]) {
    this.dataFields = byName(dataFields, 'DataField');
    this.functions = byName(functions, 'DefineFunction');
  }

  /** How many slots a row has. */
  get slots(): number {
    return this.#slots;
  }

  newSlot(): number {
    return this.#slots++;
  }

  /** @throws {MillraceError} `MODEL_LOAD` when an expression takes too many steps. */
  checkCost(cost: number, line: number): number {
    if (cost > MOST_STEPS) refuseLine(line, `an expression takes more than ${MOST_STEPS} steps`);
    if (this.instances.size > MOST_INSTANCES) refuseLine(line, `functions are used with more than ${MOST_INSTANCES} lists of types`);
    return cost;
  }
}

function byName<Item extends { readonly name: string }>(items: readonly Item[], kind: string): ReadonlyMap<string, Item> {
  const map = new Map<string, Item>();
  for (const item of items) {
    if (map.has(item.name)) throw new MillraceError({ code: 'MODEL_LOAD', message: `the PMML document has two ${kind} "${item.name}"` });
    map.set(item.name, item);
  }
  return map;
}

/** Refuses the document because of what stands in a line. @throws {MillraceError} `MODEL_LOAD`, always. */
export function refuseLine(line: number, message: string, next?: string): never {
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `line ${line} of the PMML document: ${message}`,
    ...(next !== undefined && { notes: [{ message: next }] }),
  });
}
