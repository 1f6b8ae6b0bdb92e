import type { Accumulator, Slot } from '../../../planner/functions/aggregate/accumulator.js';
import type { Value } from '../../../spec/batch.js';
import { CodeWriter } from './code-writer.js';

/** What an accumulator keeps, a field a slot; survives the structured clone algorithm. */
export type AccumulatorState = Record<string, unknown>;

/** An accumulator by itself, for places where there is one state or states come and go. */
export interface CompiledAccumulator {
  create(): AccumulatorState;
  add(state: AccumulatorState, ...args: readonly Value[]): void;
  /** Undoes `add` for the same arguments; absent where that is not possible. */
  readonly remove?: ((state: AccumulatorState, ...args: readonly Value[]) => void) | undefined;
  /** Takes over the rows of a later state, which is not used again. */
  merge(state: AccumulatorState, other: AccumulatorState): void;
  result(state: AccumulatorState): Value;
}

/** @param arity how many arguments `add` gets; where the aggregate skips NULLs none of them may be `null`. */
export function compileAccumulator(accumulator: Accumulator, arity: number): CompiledAccumulator {
  const writer = new CodeWriter();
  const bind = (value: unknown): string => writer.bind('k', value);
  const names = accumulator.slots.map((_, i) => `s${i}`);
  const fieldsOf = (owner: string): string[] => names.map(name => `${owner}.${name}`);
  const scope = { slots: fieldsOf('state'), bind };
  const args = Array.from({ length: arity }, (_, i) => `a${i}`);
  const parameters = ['state', ...args].join(', ');
  const { remove } = accumulator;
  writer.line(`return {`);
  writer.line(`create: () => ({ ${accumulator.slots.map((slot, i) => `${names[i]}: ${initialCode(slot, bind)}`).join(', ')} }),`);
  writer.line(`add: (${parameters}) => { ${accumulator.add(scope, args)} },`);
  if (remove) writer.line(`remove: (${parameters}) => { ${remove(scope, args)} },`);
  writer.line(`merge: (state, other) => { ${accumulator.merge(scope, fieldsOf('other'))} },`);
  writer.line(`result: state => ${accumulator.result(scope)},`);
  writer.line('};');
  return writer.compile<() => CompiledAccumulator>([])();
}

/** An expression for what stands in a slot before the first row. */
export function initialCode({ initial }: Slot, bind: (value: unknown) => string): string {
  return typeof initial === 'function' ? `${bind(initial)}()` : String(initial);
}
