import type { ExecNode } from '../../planner/physical/exec-node.js';
import type { JobEnvironment } from './environment.js';
import type { GraphHooks } from './graph-node.js';
import type { OperatorContext, Output } from './operator.js';
import type { BusyClock, FlowMeter } from './operator-flow.js';
import { placed } from './place-of.js';

export interface ContextOptions {
  readonly exec: ExecNode;
  readonly output: Output;
  /** Takes its counters. */
  readonly metrics: Map<string, number>;
  readonly flow: FlowMeter;
  readonly busy: BusyClock;
  readonly environment: JobEnvironment;
  readonly hooks: GraphHooks;
}

/** What a job gives the operator of a node. */
export function contextOf({ exec, output, metrics, flow, busy, environment, hooks }: ContextOptions): OperatorContext {
  return {
    id: exec.id,
    output,
    clock: environment.clock,
    snapshot: (checkpoint, state) => hooks.snapshot(exec.id, checkpoint, state),
    fail: thrown => hooks.fail(placed(thrown, exec)),
    count: (metric, by) => metrics.set(metric, (metrics.get(metric) ?? 0) + by),
    work: work => busy.charge(flow, work),
  };
}
