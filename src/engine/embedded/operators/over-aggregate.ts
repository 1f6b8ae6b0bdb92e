import { MillraceError } from '../../../common/error.js';
import type { OrderKey } from '../../../planner/logical/order-key.js';
import type { OverCall } from '../../../planner/logical/over-call.js';
import { columnOf, takeRows, valueAt, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { OperatorFactory } from '../operator.js';
import { compileFrameAggregate } from './frame-aggregate.js';
import { frameBounds } from './frame-bounds.js';
import { compilePartitioner, type Partition } from './partitions.js';
import { rankOf } from './ranks.js';
import { wholeInputOperator } from './whole-input.js';

export interface OverAggregateOptions {
  /** Of the input. */
  readonly fields: readonly Field[];
  readonly partition: readonly number[];
  readonly keys: readonly OrderKey[];
  readonly calls: readonly OverCall[];
  readonly limit: number | undefined;
  readonly maxRows: number;
}

/** Fewer rows are not worth being ordered before the end. */
const MIN_COMPACTED_ROWS = 65_536;

/** Appends to each row its values within its window, see the logical `OverAggregate`. With a limit it holds little more than the first rows of each partition. */
export function overAggregateOperator(options: OverAggregateOptions): OperatorFactory {
  const { fields, partition, keys, calls, limit, maxRows } = options;
  const partitionsOf = compilePartitioner(partition, keys, fields);
  const computations = calls.map(call => computationOf(call, keys));
  const firstRows = (batch: Batch): Batch => (limit === undefined ? batch : takeRows(batch, rowsWithin(partitionsOf(batch), limit)));
  return wholeInputOperator({
    inputs: [fields],
    maxRows,
    compute([all]) {
      const batch = firstRows(all!);
      const values = calls.map(() => new Array<Value>(batch.rowCount).fill(null));
      for (const each of partitionsOf(batch)) {
        computations.forEach((compute, c) => {
          const column = values[c]!;
          compute(batch, each, (position, value) => {
            column[each.rows[position]!] = value;
          });
        });
      }
      return { ...batch, columns: [...batch.columns, ...calls.map((call, c) => columnOf(call.type, values[c]!))] };
    },
    compact: limit === undefined ? undefined : { whenRows: MIN_COMPACTED_ROWS, apply: firstRows },
  });
}

/** The rows at the first positions of their partitions, in the order of the batch. */
function rowsWithin(partitions: Iterable<Partition>, limit: number): Uint32Array {
  const rows: number[] = [];
  for (const partition of partitions) for (const row of partition.rows.subarray(0, limit)) rows.push(row);
  return Uint32Array.from(rows).sort();
}

type Take = (position: number, value: Value) => void;
type Computation = (batch: Batch, partition: Partition, take: Take) => void;

function computationOf(over: OverCall, keys: readonly OrderKey[]): Computation {
  switch (over.kind) {
    case 'aggregate': {
      const aggregate = compileFrameAggregate(over.call);
      return (batch, partition, take) => aggregate(batch, partition.rows, frameBounds(over.frame, { batch, partition, keys }), take);
    }
    case 'ranking':
      return (_, partition, take) => {
        const rank = rankOf(over, partition);
        for (let position = 0; position < partition.rows.length; position++) take(position, rank(position));
      };
    case 'offset':
      return (batch, { rows }, take) => {
        for (let position = 0; position < rows.length; position++) take(position, otherRow(over, batch, rows, position));
      };
  }
}

function otherRow(over: Extract<OverCall, { kind: 'offset' }>, batch: Batch, rows: Uint32Array, position: number): Value {
  const row = rows[position]!;
  const offset = over.offset === undefined ? 1 : valueAt(batch.columns[over.offset]!, row);
  if (offset === null) return null;
  if (typeof offset !== 'number') throw new MillraceError({ code: 'INTERNAL', message: `${over.name} got an offset that is no number` });
  const other = rows[over.name === 'LEAD' ? position + offset : position - offset];
  if (other !== undefined) return valueAt(batch.columns[over.value]!, other);
  return over.otherwise === undefined ? null : valueAt(batch.columns[over.otherwise]!, row);
}
