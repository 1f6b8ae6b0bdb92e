import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { SessionKey } from '../../../planner/physical/fuse-session.js';
import { columnOf, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { OperatorFactory } from '../operator.js';
import { groupComputation, type GroupState } from './group.js';
import type { Session } from './open-sessions.js';
import type { RowTimesInit } from './row-times.js';
import { sessionOperator } from './session.js';
import { windowTimeOf } from './window-time.js';

export interface SessionAggregateOptions extends RowTimesInit {
  readonly partition: readonly number[];
  readonly gapMicros: number;
  readonly keys: readonly SessionKey[];
  readonly aggregates: readonly AggregateCall[];
  /** The keys, then the results. */
  readonly fields: readonly Field[];
}

/** Aggregates the rows of each session as they come; sessions that merge merge their accumulators. */
export function sessionAggregateOperator(options: SessionAggregateOptions): OperatorFactory {
  const { keys, fields, aggregates } = options;
  return context => {
    const computation = groupComputation(aggregates);
    return sessionOperator<GroupState>({
      ...options,
      content: computation,
      add: (group, batch, row) => computation.add(group, batch, row),
      result(due) {
        if (due.length === 0) return undefined;
        const results = due.map(session => computation.results(session.content));
        const columns = fields.map(({ type }, c) => {
          const key = keys[c];
          return columnOf(type, key ? due.map(session => keyOf(session, key, options)) : results.map(row => row[c - keys.length]!));
        });
        return { kind: 'batch', rowCount: due.length, columns };
      },
    })(context);
  };
}

function keyOf(
  { key, start, end }: Session<GroupState>,
  part: SessionKey,
  { partition, zone }: Pick<SessionAggregateOptions, 'partition' | 'zone'>,
): Value {
  switch (part.kind) {
    case 'partition':
      return key[partition.indexOf(part.column)]!;
    case 'start':
      return start;
    case 'end':
      return end;
    case 'time':
      return windowTimeOf(end, zone);
  }
}
