import type { TableObject } from '../../catalog/objects.js';
import type { Span } from '../../common/span.js';
import type { ChangelogMode } from '../../spec/connector.js';
import type { AggregateCall } from '../logical/aggregate-call.js';
import type { BoundExpression } from '../logical/expression.js';
import type { PlanField, Predict, TimeAttribute, WindowKey } from '../logical/node.js';
import type { WindowSpec } from '../logical/window-spec.js';
import type { ModelCallSite } from '../logical/expression.js';

/** What an engine runs. A node that several others have as input runs once. */
export type ExecNode =
  | SourceExec
  | ValuesExec
  | CalcExec
  | UnionExec
  | PredictExec
  | WindowTableExec
  | WindowAggregateExec
  | GroupAggregateExec
  | LimitExec
  | SinkExec;

export type ExecKind = ExecNode['kind'];

interface ExecBase {
  /** Stable for one plan: state in a checkpoint belongs to the node with the same id. */
  readonly id: string;
  readonly fields: readonly PlanField[];
  /** The row kinds that leave the node. */
  readonly changelogMode: ChangelogMode;
  /** Set where no row leaves before all input is there; `what` names the construct of the SQL text at `span`, such as `OVER`. */
  readonly wholeInput?: { readonly what: string; readonly span: Span } | undefined;
}

/** A filter, then a projection; `expressions` index the input's fields, one per field of the node. */
export interface Calc {
  readonly condition: BoundExpression | undefined;
  readonly expressions: readonly BoundExpression[];
}

/** Reads a table; computed columns and watermarks are made per split. */
export interface SourceExec extends ExecBase {
  readonly kind: 'SourceExec';
  readonly table: TableObject;
  /** Indices into `table.columns`: what the connector gives, in this order. */
  readonly columns: readonly number[];
  readonly hints: ReadonlyMap<string, string>;
  /** What the connector's rows become; absent where they are the node's fields. */
  readonly calc: Calc | undefined;
  /** Over the node's fields. */
  readonly watermark: { readonly column: number; readonly expression: BoundExpression } | undefined;
}

export interface ValuesExec extends ExecBase {
  readonly kind: 'ValuesExec';
  readonly rows: readonly (readonly BoundExpression[])[];
}

export interface CalcExec extends ExecBase {
  readonly kind: 'CalcExec';
  readonly input: ExecNode;
  readonly calc: Calc;
}

export interface UnionExec extends ExecBase {
  readonly kind: 'UnionExec';
  readonly inputs: readonly ExecNode[];
}

/** See the logical `Predict`. */
export interface PredictExec extends ExecBase {
  readonly kind: 'PredictExec';
  readonly input: ExecNode;
  readonly call: ModelCallSite;
  readonly arguments: readonly number[];
  readonly guard: number | undefined;
  readonly form: Predict['form'];
}

export interface WindowTableExec extends ExecBase {
  readonly kind: 'WindowTableExec';
  readonly input: ExecNode;
  readonly time: number;
  readonly timeAttribute: TimeAttribute;
  readonly window: WindowSpec;
}

/** Groups within windows; a group leaves once, when the watermark reaches the end of its window. */
export interface WindowAggregateExec extends ExecBase {
  readonly kind: 'WindowAggregateExec';
  readonly input: ExecNode;
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  readonly window: WindowKey;
}

/** Groups over all rows so far; each change of a group leaves as an update. */
export interface GroupAggregateExec extends ExecBase {
  readonly kind: 'GroupAggregateExec';
  readonly input: ExecNode;
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
}

export interface LimitExec extends ExecBase {
  readonly kind: 'LimitExec';
  readonly input: ExecNode;
  readonly count: number;
  readonly offset: number;
}

export interface SinkExec extends ExecBase {
  readonly kind: 'SinkExec';
  readonly input: ExecNode;
  /** `undefined` where the rows go to whoever ran the statement. */
  readonly table: TableObject | undefined;
  readonly hints: ReadonlyMap<string, string>;
}

export function execInputs(node: ExecNode): readonly ExecNode[] {
  if (node.kind === 'SourceExec' || node.kind === 'ValuesExec') return [];
  return node.kind === 'UnionExec' ? node.inputs : [node.input];
}

/** All nodes of a job, inputs before the nodes that read them, each once. */
export function execNodes(sinks: readonly SinkExec[]): ExecNode[] {
  const seen = new Set<ExecNode>();
  const visit = (node: ExecNode): void => {
    if (seen.has(node)) return;
    execInputs(node).forEach(visit);
    seen.add(node);
  };
  sinks.forEach(visit);
  return [...seen];
}
