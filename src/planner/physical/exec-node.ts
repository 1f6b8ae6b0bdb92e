import type { TableObject } from '../../catalog/objects.js';
import type { OptionSpans, Span } from '../../common/span.js';
import type { ChangelogMode } from '../../spec/connector.js';
import type { AggregateCall } from '../logical/aggregate-call.js';
import type { BoundExpression, ModelCallSite } from '../logical/expression.js';
import type { LookupHint } from '../logical/lookup-hint.js';
import type { JoinType, PlanField, Predict, SetOperation, TimeAttribute, WholeInput, WindowKey } from '../logical/node.js';
import type { OrderKey } from '../logical/order-key.js';
import type { OverCall } from '../logical/over-call.js';
import type { FusedSession } from './fuse-session.js';
import type { WindowSpec } from '../logical/window-spec.js';
import type { JoinCondition } from './equi-key.js';
import type { LookupCondition } from './lookup-condition.js';

/** What an engine runs. A node that several others have as input runs once. */
export type ExecNode =
  | SourceExec
  | ValuesExec
  | CalcExec
  | UnionExec
  | SetOperationExec
  | JoinExec
  | MarkJoinExec
  | TemporalJoinExec
  | UnnestExec
  | SortExec
  | MaterializeExec
  | PredictExec
  | VectorSearchExec
  | LookupJoinExec
  | WindowTableExec
  | WindowAggregateExec
  | SessionAggregateExec
  | GroupAggregateExec
  | ExpandExec
  | OverAggregateExec
  | LimitExec
  | SinkExec;

export type ExecKind = ExecNode['kind'];

interface ExecBase {
  /** Stable for one plan: state in a checkpoint belongs to the node with the same id. */
  readonly id: string;
  readonly fields: readonly PlanField[];
  /** The row kinds that leave the node. */
  readonly changelogMode: ChangelogMode;
  /** Set where no row leaves before all input is there. */
  readonly wholeInput?: WholeInput | undefined;
}

/** A filter, then a projection; `expressions` index the input's fields, one per field of the node. */
export interface Calc {
  readonly condition: BoundExpression | undefined;
  readonly expressions: readonly BoundExpression[];
}

/** Reads a table; computed columns and watermarks are made per split, and rows that nobody needs go no further. */
export interface SourceExec extends ExecBase {
  readonly kind: 'SourceExec';
  readonly table: TableObject;
  /** Indices into `table.columns`: what the connector gives, in this order. */
  readonly columns: readonly number[];
  readonly hints: ReadonlyMap<string, string>;
  /** What the connector's rows become; absent where they stay as they are. */
  readonly calc: Calc | undefined;
  /** Fields of the rows that `calc` gives. */
  readonly readFields: readonly PlanField[];
  /** Over `readFields`. */
  readonly watermark: { readonly column: number; readonly expression: BoundExpression } | undefined;
  /** What is sent on of these rows, once the watermark has seen them; absent for all of them as they are. */
  readonly output: Calc | undefined;
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

/** See the logical `SetOperation`. */
export interface SetOperationExec extends ExecBase {
  readonly kind: 'SetOperationExec';
  readonly left: ExecNode;
  readonly right: ExecNode;
  readonly operator: SetOperation['operator'];
  readonly all: boolean;
}

/** Reads the right side to its end, then joins the left side as it comes. */
export interface JoinExec extends ExecBase {
  readonly kind: 'JoinExec';
  readonly join: JoinType;
  readonly left: ExecNode;
  readonly right: ExecNode;
  readonly condition: JoinCondition;
  readonly atMostOne: boolean;
}

/** As `JoinExec`; see the logical `MarkJoin`. */
export interface MarkJoinExec extends ExecBase {
  readonly kind: 'MarkJoinExec';
  readonly left: ExecNode;
  readonly right: ExecNode;
  readonly condition: JoinCondition;
  /** What is asked of each pair that fulfils the condition; `undefined` for nothing more. */
  readonly test: BoundExpression | undefined;
  /** Whether the only key of the condition is what IN compares, with the NULLs of IN. */
  readonly isNullAware: boolean;
}

/** As `JoinExec`, with the one version of each key that was valid at the time of the left row; see the logical `TemporalJoin`. */
export interface TemporalJoinExec extends ExecBase {
  readonly kind: 'TemporalJoinExec';
  readonly join: 'inner' | 'left';
  readonly left: ExecNode;
  readonly right: ExecNode;
  readonly leftTime: number;
  readonly rightTime: number;
  /** The keys find the versions; the rest is asked of the valid one. */
  readonly condition: JoinCondition;
}

/** See the logical `Unnest`. */
export interface UnnestExec extends ExecBase {
  readonly kind: 'UnnestExec';
  readonly input: ExecNode;
  readonly collection: BoundExpression;
  readonly ordinality: boolean;
  readonly outer: boolean;
}

/** See the logical `Sort`. */
export interface SortExec extends ExecBase {
  readonly kind: 'SortExec';
  readonly input: ExecNode;
  readonly keys: readonly OrderKey[];
  readonly partition: readonly number[];
  readonly count: number;
  readonly offset: number;
}

/** Turns the changelog of bounded input into inserts of the rows that are left at its end. */
export interface MaterializeExec extends ExecBase {
  readonly kind: 'MaterializeExec';
  readonly input: ExecNode;
}

/** See the logical `Predict`. */
export interface PredictExec extends ExecBase {
  readonly kind: 'PredictExec';
  readonly input: ExecNode;
  readonly call: ModelCallSite;
  readonly arguments: readonly number[];
  readonly guard: number | undefined;
  readonly form: Predict['form'];
  readonly keepsRows: boolean;
}

/** See the logical `VectorSearch`. */
export interface VectorSearchExec extends ExecBase {
  readonly kind: 'VectorSearchExec';
  readonly left: ExecNode;
  readonly right: ExecNode;
  readonly query: number;
  readonly vectors: number;
  readonly topK: number;
  readonly config: ReadonlyMap<string, string>;
  readonly configSpans: OptionSpans;
  readonly outer: boolean;
  readonly span: Span;
}

/** See the logical `LookupJoin`. */
export interface LookupJoinExec extends ExecBase {
  readonly kind: 'LookupJoinExec';
  readonly input: ExecNode;
  readonly join: 'inner' | 'left';
  readonly table: TableObject;
  /** Indices into `table.columns`: what the connector is asked for. */
  readonly columns: readonly number[];
  readonly hints: ReadonlyMap<string, string>;
  /** What the connector's rows become; absent where they are the fields behind the input's. */
  readonly calc: Calc | undefined;
  readonly condition: LookupCondition;
  readonly hint: LookupHint;
  readonly span: Span;
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

/** Groups that are sessions; each leaves once, when it fires. See `FusedSession`. */
export interface SessionAggregateExec extends ExecBase, Omit<FusedSession, 'input'> {
  readonly kind: 'SessionAggregateExec';
  readonly input: ExecNode;
}

/** Groups over all rows so far. */
export interface GroupAggregateExec extends ExecBase {
  readonly kind: 'GroupAggregateExec';
  /** `changes`: each change of a group leaves as an update; `final`: groups leave once, when the input has ended. */
  readonly emit: 'changes' | 'final';
  readonly input: ExecNode;
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
}

/** See the logical `Expand`. */
export interface ExpandExec extends ExecBase {
  readonly kind: 'ExpandExec';
  readonly input: ExecNode;
  readonly absent: readonly (readonly number[])[];
}

/** See the logical `OverAggregate`. */
export interface OverAggregateExec extends ExecBase {
  readonly kind: 'OverAggregateExec';
  readonly input: ExecNode;
  readonly partition: readonly number[];
  readonly keys: readonly OrderKey[];
  readonly calls: readonly OverCall[];
  readonly limit: number | undefined;
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
  /** Whether the rows take the place of what is in the table. */
  readonly overwrite: boolean;
}

/** The nodes that a node reads, in the order of its ports. */
export function execInputs(node: ExecNode): readonly ExecNode[] {
  if ('inputs' in node) return node.inputs;
  if ('left' in node) return [node.left, node.right];
  return 'input' in node ? [node.input] : [];
}

/** The inputs that a node must have read to their end before rows leave; for `wholeInput`. */
export function wholeInputsOf(node: ExecNode): readonly ExecNode[] {
  const isLeftStreamed =
    node.kind === 'MarkJoinExec' ||
    node.kind === 'TemporalJoinExec' ||
    (node.kind === 'JoinExec' && (node.join === 'inner' || node.join === 'left'));
  return isLeftStreamed ? [node.right] : execInputs(node);
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
