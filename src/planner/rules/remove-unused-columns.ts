import { MillraceError } from '../../common/error.js';
import { fieldsOfCall, moveCall } from '../logical/aggregate-call.js';
import { replaceColumns, usedColumns, type BoundExpression } from '../logical/expression.js';
import {
  expandRows,
  type Aggregate,
  type Expand,
  type Join,
  type LogicalNode,
  type LookupJoin,
  type MarkJoin,
  type OverAggregate,
  type PlanField,
  type Predict,
  type Scan,
  type SetOperation,
  type Sort,
  type TemporalJoin,
  type Union,
  type Unnest,
  type VectorSearch,
  type WatermarkAssigner,
  type WindowTable,
} from '../logical/node.js';
import { expressionsOf } from '../logical/node-expressions.js';
import { fieldsOfOverCall, moveOverCall } from '../logical/over-call.js';
import { columnOf, keepColumns, project } from '../logical/project.js';
import { moveWindow, windowColumns } from '../logical/window-spec.js';
import type { Rule } from './rule.js';

/**
 * Reads and carries only columns that something above needs: a scan decodes fewer, and rows that wait for a model are
 * smaller.
 *
 *     Project(a) over Scan(a, b, c) → Project(a) over Scan(a)
 */
export const removeUnusedColumns: Rule = {
  name: 'remove-unused-columns',
  apply(plan) {
    const pruned = prune(plan, new Set(plan.fields.keys()));
    return keepColumns(
      pruned.node,
      plan.fields.map((_, index) => pruned.places.get(index)!),
    );
  },
};

/** A node with fewer fields, and where the fields that were asked for are now. */
interface Pruned {
  readonly node: LogicalNode;
  readonly places: ReadonlyMap<number, number>;
}

function prune(node: LogicalNode, required: ReadonlySet<number>): Pruned {
  switch (node.kind) {
    case 'Scan':
      return pruneScan(node, required);
    case 'Values':
      return keep(node, required, kept => ({
        ...node,
        rows: node.rows.map(row => kept.map(index => row[index]!)),
        fields: pick(node.fields, kept),
      }));
    case 'Project': {
      const kept = sorted(required);
      const expressions = kept.map(index => node.expressions[index]!);
      const input = prune(node.input, usedColumns(expressions));
      return {
        node: project(
          input.node,
          expressions.map(each => move(each, input)),
          kept.map(index => node.fields[index]!.name),
        ),
        places: placesOf(kept),
      };
    }
    case 'Filter': {
      const input = prune(node.input, new Set([...required, ...usedColumns([node.condition])]));
      return {
        node: { ...node, input: input.node, condition: move(node.condition, input), fields: input.node.fields },
        places: input.places,
      };
    }
    case 'Limit': {
      const input = prune(node.input, required);
      return { node: { ...node, input: input.node, fields: input.node.fields }, places: input.places };
    }
    case 'WatermarkAssigner':
      return pruneWatermark(node, required);
    case 'Union':
      return pruneUnion(node, required);
    case 'SetOperation':
      return pruneSetOperation(node);
    case 'Join':
      return pruneJoin(node, required);
    case 'MarkJoin':
      return pruneMarkJoin(node, required);
    case 'TemporalJoin':
      return pruneTemporalJoin(node, required);
    case 'Correlate':
      throw new MillraceError({ code: 'INTERNAL', message: 'a Correlate node reached a rule' });
    case 'Unnest':
      return pruneUnnest(node, required);
    case 'Sort':
      return pruneSort(node, required);
    case 'Predict':
      return prunePredict(node, required);
    case 'VectorSearch':
      return pruneSearch(node, required);
    case 'LookupJoin':
      return pruneLookup(node, required);
    case 'WindowTable':
      return pruneWindow(node, required);
    case 'Aggregate':
      return pruneAggregate(node, required);
    case 'Expand':
      return pruneExpand(node, required);
    case 'OverAggregate':
      return pruneOver(node, required);
    case 'Shared':
      return { node, places: placesOf([...node.fields.keys()]) };
  }
}

function sorted(indices: Iterable<number>): number[] {
  return [...indices].toSorted((a, b) => a - b);
}

function pick(fields: readonly PlanField[], kept: readonly number[]): PlanField[] {
  return kept.map(index => fields[index]!);
}

function placesOf(kept: readonly number[]): Map<number, number> {
  return new Map(kept.map((index, place) => [index, place]));
}

function move(expression: BoundExpression, { node, places }: Pruned): BoundExpression {
  return replaceColumns(expression, index => columnOf(node, places.get(index)!));
}

function keep(node: LogicalNode, required: ReadonlySet<number>, change: (kept: readonly number[]) => LogicalNode): Pruned {
  const kept = sorted(required);
  return { node: kept.length === node.fields.length ? node : change(kept), places: placesOf(kept) };
}

function pruneScan(node: Scan, required: ReadonlySet<number>): Pruned {
  return keep(node, required, kept => ({ ...node, columns: kept.map(index => node.columns[index]!), fields: pick(node.fields, kept) }));
}

function pruneWatermark(node: WatermarkAssigner, required: ReadonlySet<number>): Pruned {
  const input = prune(node.input, new Set([...required, node.column, ...usedColumns([node.expression])]));
  const column = input.places.get(node.column)!;
  const fields = input.node.fields.map((field, index): PlanField => (index === column ? { ...field, timeAttribute: 'rowtime' } : field));
  return { node: { ...node, input: input.node, column, expression: move(node.expression, input), fields }, places: input.places };
}

function pruneUnion(node: Union, required: ReadonlySet<number>): Pruned {
  const kept = sorted(required);
  const inputs = node.inputs.map(each => {
    const input = prune(each, required);
    return keepColumns(
      input.node,
      kept.map(index => input.places.get(index)!),
    );
  });
  return { node: { ...node, inputs, fields: pick(node.fields, kept) }, places: placesOf(kept) };
}

/** Whole rows are compared, so all columns stay; each side gets them in their places. */
function pruneSetOperation(node: SetOperation): Pruned {
  const all = [...node.fields.keys()];
  const side = (input: LogicalNode): LogicalNode => {
    const pruned = prune(input, new Set(all));
    return keepColumns(
      pruned.node,
      all.map(index => pruned.places.get(index)!),
    );
  };
  return { node: { ...node, left: side(node.left), right: side(node.right) }, places: placesOf(all) };
}

/** Both sides of a join without the columns that neither `required` nor `expressions` read. */
function pruneSides(
  node: Join | MarkJoin | TemporalJoin | LookupJoin | VectorSearch,
  { required, expressions }: { readonly required: Iterable<number>; readonly expressions: readonly BoundExpression[] },
): { readonly left: Pruned; readonly right: Pruned; readonly places: ReadonlyMap<number, number> } {
  const width = node.left.fields.length;
  const used = [...new Set([...required, ...usedColumns(expressions)])];
  const left = prune(node.left, new Set(used.filter(index => index < width)));
  const right = prune(node.right, new Set(used.filter(index => index >= width).map(index => index - width)));
  const newWidth = left.node.fields.length;
  const places = new Map([
    ...left.places,
    ...[...right.places].map(([index, place]): [number, number] => [width + index, newWidth + place]),
  ]);
  return { left, right, places };
}

function pruneJoin(node: Join, required: ReadonlySet<number>): Pruned {
  const { left, right, places } = pruneSides(node, { required, expressions: expressionsOf(node) });
  const fields = fieldsAt(node, places);
  const moved = (each: BoundExpression): BoundExpression =>
    replaceColumns(each, (index, column) => ({ ...column, index: places.get(index)! }));
  return { node: { ...node, left: left.node, right: right.node, condition: node.condition && moved(node.condition), fields }, places };
}

function pruneTemporalJoin(node: TemporalJoin, required: ReadonlySet<number>): Pruned {
  const rightTime = node.left.fields.length + node.rightTime;
  const { left, right, places } = pruneSides(node, {
    required: [...required, node.leftTime, rightTime],
    expressions: expressionsOf(node),
  });
  const moved = (each: BoundExpression): BoundExpression =>
    replaceColumns(each, (index, column) => ({ ...column, index: places.get(index)! }));
  return {
    node: {
      ...node,
      left: left.node,
      right: right.node,
      leftTime: places.get(node.leftTime)!,
      rightTime: places.get(rightTime)! - left.node.fields.length,
      keys: moved(node.keys),
      condition: node.condition && moved(node.condition),
      fields: fieldsAt(node, places),
    },
    places,
  };
}

function pruneMarkJoin(node: MarkJoin, required: ReadonlySet<number>): Pruned {
  const mark = node.left.fields.length;
  const { left, right, places } = pruneSides(node, {
    required: [...required].filter(index => index < mark),
    expressions: expressionsOf(node),
  });
  const moved = (each: BoundExpression): BoundExpression =>
    replaceColumns(each, (index, column) => ({ ...column, index: places.get(index)! }));
  const newMark = left.node.fields.length;
  const fields = [...fieldsAt(node, left.places), node.fields[mark]!];
  return {
    node: {
      ...node,
      left: left.node,
      right: right.node,
      condition: node.condition && moved(node.condition),
      tests: node.tests.map(moved),
      fields,
    },
    places: new Map([...left.places, [mark, newMark]]),
  };
}

/** The fields of a node in the order of their new places. */
function fieldsAt(node: LogicalNode, places: ReadonlyMap<number, number>): PlanField[] {
  return [...places].toSorted(([, a], [, b]) => a - b).map(([index]) => node.fields[index]!);
}

function pruneUnnest(node: Unnest, required: ReadonlySet<number>): Pruned {
  const width = node.input.fields.length;
  const input = prune(node.input, new Set([...[...required].filter(index => index < width), ...usedColumns([node.collection])]));
  const elements = node.fields.slice(width);
  const newWidth = input.node.fields.length;
  return {
    node: { ...node, input: input.node, collection: move(node.collection, input), fields: [...fieldsAt(node, input.places), ...elements] },
    places: new Map([...input.places, ...elements.map((_, i): [number, number] => [width + i, newWidth + i])]),
  };
}

function pruneSort(node: Sort, required: ReadonlySet<number>): Pruned {
  const { node: input, places } = prune(node.input, new Set([...required, ...node.keys.map(key => key.index), ...node.partition]));
  const keys = node.keys.map(key => ({ ...key, index: places.get(key.index)! }));
  const partition = node.partition.map(index => places.get(index)!);
  return { node: { ...node, input, keys, partition, fields: fieldsAt(node, places) }, places };
}

function prunePredict(node: Predict, required: ReadonlySet<number>): Pruned {
  const width = node.input.fields.length;
  const carried = [...required].filter(index => index < width);
  const input = prune(node.input, new Set([...carried, ...node.arguments, ...(node.guard === undefined ? [] : [node.guard])]));
  const outputs = node.fields.slice(width);
  const newWidth = input.node.fields.length;
  const places = new Map([...input.places, ...outputs.map((_, i): [number, number] => [width + i, newWidth + i])]);
  return {
    node: {
      ...node,
      input: input.node,
      arguments: node.arguments.map(index => input.places.get(index)!),
      guard: node.guard === undefined ? undefined : input.places.get(node.guard)!,
      fields: [...input.node.fields, ...outputs],
    },
    places,
  };
}

function pruneSearch(node: VectorSearch, required: ReadonlySet<number>): Pruned {
  const score = node.fields.length - 1;
  const width = node.left.fields.length;
  const own = [...required].filter(index => index < score);
  const { left, right, places } = pruneSides(node, { required: [...own, node.query, width + node.vectors], expressions: [] });
  return {
    node: {
      ...node,
      left: left.node,
      right: right.node,
      query: left.places.get(node.query)!,
      vectors: right.places.get(node.vectors)!,
      fields: [...fieldsAt(node, places), node.fields[score]!],
    },
    places: new Map([...places, [score, places.size]]),
  };
}

function pruneLookup(node: LookupJoin, required: ReadonlySet<number>): Pruned {
  const { left, right, places } = pruneSides(node, { required, expressions: [node.condition] });
  const condition = replaceColumns(node.condition, (index, column) => ({ ...column, index: places.get(index)! }));
  return { node: { ...node, left: left.node, right: right.node, condition, fields: fieldsAt(node, places) }, places };
}

function pruneWindow(node: WindowTable, required: ReadonlySet<number>): Pruned {
  const width = node.input.fields.length;
  const carriedOver = [...required].filter(index => index < width);
  const input = prune(node.input, new Set([...carriedOver, node.time, ...windowColumns(node.window)]));
  const bounds = node.fields.slice(width);
  const newWidth = input.node.fields.length;
  const carried = sorted(input.places.keys()).map(index => node.fields[index]!);
  const places = new Map([...input.places, ...bounds.map((_, i): [number, number] => [width + i, newWidth + i])]);
  const place = (index: number): number => input.places.get(index)!;
  const window = moveWindow(node.window, place);
  return { node: { ...node, input: input.node, time: place(node.time), window, fields: [...carried, ...bounds] }, places };
}

function pruneExpand(node: Expand, required: ReadonlySet<number>): Pruned {
  const id = node.input.fields.length;
  const input = prune(node.input, new Set([...required].filter(index => index !== id)));
  const absent = node.absent.map(fields => fields.flatMap(index => input.places.get(index) ?? []));
  const pruned = expandRows(input.node, absent);
  return { node: pruned, places: new Map([...input.places, [id, pruned.fields.length - 1]]) };
}

/** Calls that nothing asks for are not made. */
function pruneOver(node: OverAggregate, required: ReadonlySet<number>): Pruned {
  const width = node.input.fields.length;
  const kept = [...node.calls.keys()].filter(c => required.has(width + c));
  const carried = [...required].filter(index => index < width);
  if (kept.length === 0) return prune(node.input, required);
  const calls = kept.map(c => node.calls[c]!);
  const used = [...carried, ...node.partition, ...node.keys.map(key => key.index), ...calls.flatMap(fieldsOfOverCall)];
  const input = prune(node.input, new Set(used));
  const place = (index: number): number => input.places.get(index)!;
  const newWidth = input.node.fields.length;
  return {
    node: {
      ...node,
      input: input.node,
      partition: node.partition.map(place),
      keys: node.keys.map(key => ({ ...key, index: place(key.index) })),
      calls: calls.map(call => moveOverCall(call, place)),
      fields: [...input.node.fields, ...kept.map(c => node.fields[width + c]!)],
    },
    places: new Map([...input.places, ...kept.map((c, i): [number, number] => [width + c, newWidth + i])]),
  };
}

/** Keys decide the groups, so they stay; without keys there must be something that makes the one row. */
function pruneAggregate(node: Aggregate, required: ReadonlySet<number>): Pruned {
  const width = node.keys.length;
  const read = [...node.aggregates.keys()].filter(index => required.has(width + index));
  const kept = read.length === 0 && width === 0 ? [0] : read;
  const aggregates = kept.map(index => node.aggregates[index]!);
  const used = new Set([...node.keys, ...aggregates.flatMap(fieldsOfCall)]);
  const input = prune(node.input, used);
  const place = (index: number): number => input.places.get(index)!;
  const all = [...node.keys.keys(), ...kept.map(index => width + index)];
  return {
    node: {
      ...node,
      input: input.node,
      keys: node.keys.map(place),
      aggregates: aggregates.map(call => moveCall(call, place)),
      window: node.window && { ...node.window, start: place(node.window.start), end: place(node.window.end) },
      fields: pick(node.fields, all),
    },
    places: placesOf(all),
  };
}
