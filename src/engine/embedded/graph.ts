import { execInputs, execNodes, type ExecNode, type SinkExec } from '../../planner/physical/exec-node.js';
import { checkBounded } from './check-bounded.js';
import { checkRunnable } from './check-runnable.js';
import type { StreamElement } from './element.js';
import type { JobEnvironment } from './environment.js';
import type { GraphHooks, GraphNode, GraphSink, GraphSource } from './graph-node.js';
import { openNode } from './open-node.js';
import { joinCredits, type Operator, type OperatorContext, type Output } from './operator.js';
import { BusyClock, FlowMeter } from './operator-flow.js';
import { placed } from './place-of.js';

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
      const node: GraphNode = { exec, metrics, flow, ...(await openNode(exec, { context, environment, hooks, plan })) };
      nodes.push(node);
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

/** Hands each element to every reader of a node. */
class FanOut implements Output {
  readonly #targets: Target[] = [];
  /** Of the node. */
  readonly #flow: FlowMeter;
  readonly #busy: BusyClock;

  constructor(flow: FlowMeter, busy: BusyClock) {
    this.#flow = flow;
    this.#busy = busy;
  }

  add(target: Target): void {
    this.#targets.push(target);
  }

  emit(element: StreamElement): void | Promise<void> {
    const credit = this.#send(element);
    this.#flow.sent(element, credit);
    return credit;
  }

  #send(element: StreamElement): void | Promise<void> {
    if (this.#targets.length === 1) return this.#push(element, this.#targets[0]!);
    return joinCredits(this.#targets.map(target => this.#push(element, target)));
  }

  /** Hands an element to an operator; what fails in it is not blamed on its sender. */
  #push(element: StreamElement, { operator, port, exec, flow }: Target): void | Promise<void> {
    flow.received(element);
    try {
      return this.#busy.charge(flow, () => operator.push(element, port));
    } catch (thrown) {
      throw placed(thrown, exec);
    }
  }
}

interface Target {
  readonly operator: Operator;
  readonly port: number;
  readonly exec: ExecNode;
  readonly flow: FlowMeter;
}

interface ContextOptions {
  readonly exec: ExecNode;
  readonly output: Output;
  readonly metrics: Map<string, number>;
  readonly flow: FlowMeter;
  readonly busy: BusyClock;
  readonly environment: JobEnvironment;
  readonly hooks: GraphHooks;
}

function contextOf({ exec, output, metrics, flow, busy, environment, hooks }: ContextOptions): OperatorContext {
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
