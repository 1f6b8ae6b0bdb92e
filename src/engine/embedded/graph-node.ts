import type { ExecNode, SinkExec } from '../../planner/physical/exec-node.js';
import type { Sink, Source } from '../../spec/connector.js';
import type { JobEnvironment } from './environment.js';
import type { Operator, OperatorContext } from './operator.js';
import type { BusyClock, OperatorFlow } from './operator-flow.js';
import type { SourceOperator } from './operators/source.js';

interface GraphNodeBase {
  readonly exec: ExecNode;
  /** Counters by name. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly flow: OperatorFlow;
}

/** A node of the plan with what runs it. */
export type GraphNode = GraphSource | GraphSink | GraphOperator;

export interface GraphOperator extends GraphNodeBase {
  readonly kind: 'operator';
  readonly operator: Operator;
  /** The sink of its second output, a node of the graph that the plan does not have. */
  readonly deadLetters?: GraphSink | undefined;
}

export interface GraphSource extends GraphNodeBase {
  readonly kind: 'source';
  readonly reader: SourceOperator;
  readonly source: Source;
  /** The sinks that its rows can reach. */
  readonly reaches: ReadonlySet<ExecNode>;
}

export interface GraphSink extends GraphNodeBase {
  readonly kind: 'sink';
  readonly operator: Operator;
  readonly sink: Sink;
}

/** What a graph tells its job. */
export interface GraphHooks {
  readonly snapshot: (operator: string, checkpoint: number, state: unknown) => void;
  readonly fail: (thrown: unknown) => void;
  /** A sink has written its last row. */
  readonly sinkEnded: (exec: SinkExec) => void;
}

/** What opening a node needs. */
export interface OpenOptions {
  readonly context: OperatorContext;
  readonly environment: JobEnvironment;
  readonly hooks: GraphHooks;
  readonly busy: BusyClock;
  readonly plan: readonly SinkExec[];
}

/** What is particular to a node's kind. */
export type OpenedNode = OwnPart<GraphNode>;
type OwnPart<Node> = Node extends unknown ? Omit<Node, keyof GraphNodeBase> : never;
