import { execInputs, execNodes, type ExecNode, type SinkExec } from '../../planner/physical/exec-node.js';
import { checkBounded } from './check-bounded.js';
import { checkRunnable } from './check-runnable.js';
import type { JobEnvironment } from './environment.js';
import type { GraphHooks, GraphNode, GraphSink, GraphSource } from './graph-node.js';
import { openNode } from './open-node.js';
import { FanOut } from './fan-out.js';
import { contextOf } from './operator-context.js';
import { BusyClock, FlowMeter } from './operator-flow.js';

/** The running form of a plan. */
export interface JobGraph {
  /** Inputs before the operators that read them. */
  readonly nodes: readonly GraphNode[];
  readonly sources: readonly GraphSource[];
  readonly sinks: readonly GraphSink[];
}

/**
 * Opens what a plan needs and joins its operators. Nothing flows yet.
 *
 * @throws what the environment throws; what was opened before is closed again.
 */
export async function buildGraph(plan: readonly SinkExec[], environment: JobEnvironment, hooks: GraphHooks): Promise<JobGraph> {
  const nodes: GraphNode[] = [];
  const outputs = new Map<ExecNode, FanOut>();
  const busy = new BusyClock(environment.clock);
  checkRunnable(execNodes(plan));
  try {
    for (const exec of execNodes(plan)) {
      const metrics = new Map<string, number>();
      const flow = new FlowMeter(environment.clock);
      const output = new FanOut(flow, busy);
      outputs.set(exec, output);
      const context = contextOf({ exec, output, metrics, flow, busy, environment, hooks });
      const node: GraphNode = { exec, metrics, flow, ...(await openNode(exec, { context, environment, hooks, plan, busy })) };
      nodes.push(node);
      if (node.kind === 'operator' && node.deadLetters) nodes.push(node.deadLetters);
      if (node.kind !== 'source')
        execInputs(exec).forEach((input, port) => outputs.get(input)!.add({ operator: node.operator, port, exec, flow }));
    }
    checkEnds(nodes);
  } catch (thrown) {
    await closeGraph(graphOf(nodes));
    throw thrown;
  }
  return graphOf(nodes);
}

function checkEnds(nodes: readonly GraphNode[]): void {
  const unbounded = new Set(
    nodes.flatMap(node => (node.kind === 'source' && node.source.boundedness === 'unbounded' && !node.source.willEnd ? [node.exec] : [])),
  );
  checkBounded(
    nodes.map(({ exec }) => exec),
    source => unbounded.has(source),
  );
}

function graphOf(nodes: readonly GraphNode[]): JobGraph {
  return { nodes, sources: nodes.filter(node => node.kind === 'source'), sinks: nodes.filter(node => node.kind === 'sink') };
}

/**
 * Closes all operators and, after the runs of their readers, all sources. What fails while closing is not reported, since
 * the job is over.
 */
export async function closeGraph(graph: JobGraph, runs: readonly Promise<void>[] = []): Promise<void> {
  await Promise.allSettled(graph.nodes.map(async node => (node.kind === 'source' ? undefined : node.operator.close())));
  await Promise.all(runs);
  await Promise.allSettled(graph.sources.map(async ({ source }) => source.close?.()));
}
