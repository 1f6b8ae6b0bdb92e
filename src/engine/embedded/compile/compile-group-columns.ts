import type { Slot, SlotValue } from '../../../planner/functions/aggregate/accumulator.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { storageOf, type Batch, type Column, type ColumnValues } from '../../../spec/batch.js';
import { DistinctIndex, type DistinctSnapshot } from '../state/distinct-index.js';
import { addCode, countsCode, planCall, writeColumns, writeResult, type CallPlan } from './aggregate-code.js';
import { CodeWriter } from './code-writer.js';

/** The accumulators of all groups of one node, a column a slot; groups are dense ids. */
export interface GroupColumns {
  /**
   * Takes all rows of a batch into their groups.
   *
   * @param groups by row. @param groupCount how many groups there are by now.
   */
  add(batch: Batch, groups: Int32Array, groupCount: number): void;
  /** The results of these groups, a column a call. @param groupCount how many groups there are. */
  results(groups: Int32Array, groupCount: number): Column[];
  /** Forgets all groups but these, which are 0, 1, … from now on. @param groupCount how many groups there were. */
  keep(groups: Int32Array, groupCount: number): void;
  /** For a checkpoint; shares nothing with the groups. */
  snapshot(groupCount: number): GroupColumnsSnapshot;
  /** Takes what `snapshot` gave; what it holds in plain arrays belongs to the groups from now on. */
  restore(snapshot: GroupColumnsSnapshot): void;
}

export interface GroupColumnsSnapshot {
  readonly slots: readonly (Float64Array | SlotValue[])[];
  readonly distinct: readonly DistinctSnapshot[];
}

type SlotColumn = Float64Array | SlotValue[];

/** Compiles the aggregates of a node into loops over the rows of a batch. */
export function compileGroupColumns(calls: readonly AggregateCall[]): GroupColumns {
  return new CompiledGroupColumns(calls.map(planCall));
}

class CompiledGroupColumns implements GroupColumns {
  readonly #slots: readonly Slot[];
  #columns: SlotColumn[];
  readonly #addAll: (batch: Batch, groups: Int32Array, slots: readonly SlotColumn[]) => void;
  readonly #distinct: readonly DistinctCalls[];
  readonly #results: (groups: Int32Array, slots: readonly SlotColumn[], count: number) => Column[];

  constructor(plans: readonly CallPlan[]) {
    const placed = place(plans);
    this.#slots = placed.flatMap(({ plan }) => plan.accumulator.slots);
    this.#columns = this.#slots.map(({ storage }) => (storage === 'float64' ? new Float64Array(0) : []));
    this.#addAll = compileAdd(placed.filter(({ plan }) => !plan.call.distinct));
    this.#distinct = distinctCalls(placed);
    this.#results = compileResults(placed);
  }

  add(batch: Batch, groups: Int32Array, groupCount: number): void {
    this.#grow(groupCount);
    this.#addAll(batch, groups, this.#columns);
    for (const each of this.#distinct) each.add(batch, groups, this.#columns);
  }

  results(groups: Int32Array, groupCount: number): Column[] {
    this.#grow(groupCount);
    return this.#results(groups, this.#columns, groups.length);
  }

  keep(groups: Int32Array, groupCount: number): void {
    this.#grow(groupCount);
    this.#columns = this.#columns.map(column => picked(column, groups));
    for (const each of this.#distinct) each.index.keep(groups, groupCount);
  }

  snapshot(groupCount: number): GroupColumnsSnapshot {
    this.#grow(groupCount);
    return {
      slots: this.#columns.map(column =>
        Array.isArray(column) ? structuredClone(column.slice(0, groupCount)) : column.slice(0, groupCount),
      ),
      distinct: this.#distinct.map(each => each.index.snapshot()),
    };
  }

  restore({ slots, distinct }: GroupColumnsSnapshot): void {
    // Arrays of numbers that come out of a store can be views of its bytes.
    this.#columns = slots.map(column => column.slice());
    distinct.forEach((each, d) => this.#distinct[d]!.index.restore(each));
  }

  #grow(groupCount: number): void {
    this.#columns = this.#columns.map((column, s) => grown(column, this.#slots[s]!, groupCount));
  }
}

/** The column with room for so many groups; those beyond its length are fresh. */
function grown(column: SlotColumn, { initial }: Slot, groupCount: number): SlotColumn {
  if (column.length >= groupCount) return column;
  if (Array.isArray(column)) {
    for (let g = column.length; g < groupCount; g++) column.push(typeof initial === 'function' ? initial() : initial);
    return column;
  }
  const larger = new Float64Array(Math.max(groupCount, 2 * column.length, 64));
  larger.set(column);
  if (initial !== 0) larger.fill(initial as number, column.length);
  return larger;
}

function picked(column: SlotColumn, groups: Int32Array): SlotColumn {
  if (Array.isArray(column)) return Array.from(groups, group => column[group]!);
  const values = new Float64Array(groups.length);
  for (let k = 0; k < groups.length; k++) values[k] = column[groups[k]!]!;
  return values;
}

/** A call with the place of its first slot among all. */
interface PlacedCall {
  readonly plan: CallPlan;
  readonly firstSlot: number;
}

function place(plans: readonly CallPlan[]): PlacedCall[] {
  let next = 0;
  return plans.map(plan => {
    const firstSlot = next;
    next += plan.accumulator.slots.length;
    return { plan, firstSlot };
  });
}

function slotNames({ plan, firstSlot }: PlacedCall): string[] {
  return plan.accumulator.slots.map((_, s) => `s${firstSlot + s}[g]`);
}

function writeSlots(placed: readonly PlacedCall[], writer: CodeWriter): void {
  for (const { plan, firstSlot } of placed)
    plan.accumulator.slots.forEach((_, s) => writer.line(`const s${firstSlot + s} = slots[${firstSlot + s}];`));
}

function compileAdd(placed: readonly PlacedCall[]): (batch: Batch, groups: Int32Array, slots: readonly SlotColumn[]) => void {
  if (placed.length === 0) return () => {};
  const writer = new CodeWriter();
  writeColumns(
    placed.map(each => each.plan),
    writer,
  );
  writeSlots(placed, writer);
  writer.line('const count = batch.rowCount;');
  writer.block('for (let i = 0; i < count; i++)', () => {
    writer.line('const g = groups[i];');
    for (const each of placed) {
      const counts = countsCode(each.plan);
      writer.block(counts === '' ? '' : `if (${counts})`, () => writer.line(addCode(each.plan, slotNames(each), writer)));
    }
  });
  return writer.compile(['batch', 'groups', 'slots']);
}

/** Calls that count the same rows once. */
interface DistinctCalls {
  readonly index: DistinctIndex;
  add(batch: Batch, groups: Int32Array, slots: readonly SlotColumn[]): void;
}

function distinctCalls(placed: readonly PlacedCall[]): DistinctCalls[] {
  const sets = new Map<string, PlacedCall[]>();
  for (const each of placed) {
    const { call } = each.plan;
    if (!call.distinct) continue;
    const key = `${call.arguments.join(',')} ${call.filter} ${call.resolution.nulls}`;
    sets.set(key, [...(sets.get(key) ?? []), each]);
  }
  return [...sets.values()].map(compileDistinct);
}

function compileDistinct(calls: readonly PlacedCall[]): DistinctCalls {
  const { plan } = calls[0]!;
  const { arguments: args, resolution } = plan.call;
  const index = new DistinctIndex(resolution.parameters);
  const select = compileSelect(plan);
  const addRows = compileAddRows(calls);
  let rows = new Int32Array(0);
  return {
    index,
    add(batch, groups, slots) {
      if (rows.length < batch.rowCount) rows = new Int32Array(batch.rowCount);
      const selected = select(batch, rows);
      const columns = args.map(each => batch.columns[each]!);
      addRows(batch, groups, slots, rows, index.keepNew(columns, groups, rows, selected));
    },
  };
}

/** Writes the rows that count into `rows`. */
function compileSelect(plan: CallPlan): (batch: Batch, rows: Int32Array) => number {
  const writer = new CodeWriter();
  writeColumns([plan], writer);
  const counts = countsCode(plan);
  writer.line('let selected = 0;');
  writer.line(`for (let i = 0; i < batch.rowCount; i++) ${counts === '' ? '' : `if (${counts}) `}rows[selected++] = i;`);
  writer.line('return selected;');
  return writer.compile(['batch', 'rows']);
}

function compileAddRows(
  calls: readonly PlacedCall[],
): (batch: Batch, groups: Int32Array, slots: readonly SlotColumn[], rows: Int32Array, count: number) => void {
  const writer = new CodeWriter();
  writeColumns(
    calls.map(each => each.plan),
    writer,
  );
  writeSlots(calls, writer);
  writer.block('for (let k = 0; k < count; k++)', () => {
    writer.line('const i = rows[k], g = groups[i];');
    for (const each of calls) writer.block('', () => writer.line(addCode(each.plan, slotNames(each), writer)));
  });
  return writer.compile(['batch', 'groups', 'slots', 'rows', 'count']);
}

function compileResults(placed: readonly PlacedCall[]): (groups: Int32Array, slots: readonly SlotColumn[], count: number) => Column[] {
  const writer = new CodeWriter();
  writeSlots(placed, writer);
  writer.bindHelpers({ allocateResults });
  placed.forEach(({ plan }, c) => {
    writer.line(`const o${c} = allocateResults(${writer.bind('type', plan.call.type)}, count);`);
    writer.line(`let n${c};`);
  });
  writer.block('for (let k = 0; k < count; k++)', () => {
    writer.line('const g = groups[k];');
    placed.forEach((each, c) => writeResult(each.plan, slotNames(each), { o: `o${c}`, n: `n${c}`, writer }));
  });
  const columns = placed.map(({ plan }, c) => `{ type: ${writer.bind('type', plan.call.type)}, values: o${c}, nulls: n${c} }`);
  writer.line(`return [${columns.join(', ')}];`);
  return writer.compile(['groups', 'slots', 'count']);
}

function allocateResults(type: CallPlan['call']['type'], length: number): ColumnValues {
  const storage = storageOf(type);
  return storage === 'float64' ? new Float64Array(length) : storage === 'boolean' ? new Uint8Array(length) : new Array(length).fill(null);
}
