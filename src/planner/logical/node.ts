import type { TableObject } from '../../catalog/objects.js';
import type { OptionSpans, Span } from '../../common/span.js';
import { INT, withNullable, type Field } from '../../spec/data-type.js';
import type { AggregateCall } from './aggregate-call.js';
import type { BoundExpression, ModelCallSite } from './expression.js';
import type { LookupHint } from './lookup-hint.js';
import type { OverCall } from './over-call.js';
import type { OrderKey } from './order-key.js';
import type { WindowSpec } from './window-spec.js';

/** A column of a plan node. */
export interface PlanField extends Field {
  /** Set where the column is a time attribute. */
  readonly timeAttribute?: TimeAttribute | undefined;
  /** Set where the column is a bound that a window table function added. */
  readonly windowBound?: WindowBound | undefined;
}

/** `rowtime` has a watermark, `proctime` is the clock. */
export type TimeAttribute = 'rowtime' | 'proctime';

export interface WindowBound {
  readonly side: 'start' | 'end';
  /** What the windows stand on: the time of the rows, or the clock at which they come. */
  readonly timeAttribute: TimeAttribute;
  /** Whether the windows stand on the wall clock of the session's zone, as those over TIMESTAMP_LTZ do. */
  readonly isLocal: boolean;
  /** Whether the end of a window decides its start, as in all but sessions. */
  readonly isAligned: boolean;
  /** The window of a GROUP BY as it was written, in one spelling; see `bind-group-window`. */
  readonly writtenAs?: string | undefined;
}

/** A relational operation over rows; expressions index the fields of the input. */
export type LogicalNode =
  | Scan
  | WatermarkAssigner
  | Values
  | Project
  | Filter
  | Union
  | SetOperation
  | Join
  | MarkJoin
  | TemporalJoin
  | Correlate
  | Unnest
  | Predict
  | VectorSearch
  | LookupJoin
  | WindowTable
  | Expand
  | Aggregate
  | OverAggregate
  | Sort
  | Limit
  | Shared;

export type LogicalKind = LogicalNode['kind'];

interface NodeBase {
  readonly fields: readonly PlanField[];
}

/** Physical and metadata columns of a table, as the connector gives them. */
export interface Scan extends NodeBase {
  readonly kind: 'Scan';
  readonly table: TableObject;
  /** Indices into `table.columns`, one per field. */
  readonly columns: readonly number[];
  /** Options of an OPTIONS hint. */
  readonly hints: ReadonlyMap<string, string>;
}

/** Makes `column` a rowtime attribute; `expression` gives the watermark of each row. */
export interface WatermarkAssigner extends NodeBase {
  readonly kind: 'WatermarkAssigner';
  readonly input: LogicalNode;
  readonly column: number;
  readonly expression: BoundExpression;
}

/** Rows without an input. Expressions hold no columns. */
export interface Values extends NodeBase {
  readonly kind: 'Values';
  readonly rows: readonly (readonly BoundExpression[])[];
}

/** One row without columns: what SELECT without FROM reads. */
export const SINGLE_ROW: Values = { kind: 'Values', rows: [[]], fields: [] };

/** What gives nothing. */
export function noRows(fields: readonly PlanField[]): Values {
  return { kind: 'Values', rows: [], fields };
}

export interface Project extends NodeBase {
  readonly kind: 'Project';
  readonly input: LogicalNode;
  /** One per field. */
  readonly expressions: readonly BoundExpression[];
}

/** Keeps the rows for which the condition is true. */
export interface Filter extends NodeBase {
  readonly kind: 'Filter';
  readonly input: LogicalNode;
  readonly condition: BoundExpression;
}

/** UNION ALL: the inputs have fields of equal types; names are those of the first. */
export interface Union extends NodeBase {
  readonly kind: 'Union';
  readonly inputs: readonly LogicalNode[];
}

/**
 * INTERSECT or EXCEPT: the inputs have fields of equal types; names are those of the left one. NULL equals NULL.
 *
 * With `all`, a row that the left has m times and the right n times comes min(m, n) or max(m − n, 0) times; without, once
 * or not at all.
 */
export interface SetOperation extends NodeBase {
  readonly kind: 'SetOperation';
  readonly operator: 'INTERSECT' | 'EXCEPT';
  readonly all: boolean;
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  /** Of the operation in the text. */
  readonly span: Span;
}

export type JoinType = 'inner' | 'left' | 'right' | 'full';

/** Fields are those of the left, then those of the right; the side that can be missing is nullable. */
export interface Join extends NodeBase {
  readonly kind: 'Join';
  readonly join: JoinType;
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  /** Over the fields of both sides, left first; `undefined` for every pair. */
  readonly condition: BoundExpression | undefined;
  /** A row of the left with several partners is an error, as a scalar subquery has it. */
  readonly atMostOne: boolean;
  /** Of the join or subquery in the text. */
  readonly span: Span;
}

/**
 * Appends a BOOLEAN to each row of the left: what EXISTS or IN over the right side says of it.
 *
 * Without `tests` it is whether a row of the right fulfils the condition, never NULL. With `tests`, which are BOOLEAN
 * expressions as the condition is, it is their conjunction for any such row in three-valued logic: TRUE where one row
 * gives TRUE, else NULL where one gives NULL, else FALSE.
 */
export interface MarkJoin extends NodeBase {
  readonly kind: 'MarkJoin';
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  readonly condition: BoundExpression | undefined;
  readonly tests: readonly BoundExpression[];
  readonly span: Span;
}

/**
 * Joins each row of the left with the version of its key on the right that was valid at the row's event time: the one that
 * began last, not after it. A left join keeps rows without a version.
 */
export interface TemporalJoin extends NodeBase {
  readonly kind: 'TemporalJoin';
  readonly join: 'inner' | 'left';
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  /** The event time of the left side, and of the right one, when a version begins; each counted over its own side. */
  readonly leftTime: number;
  readonly rightTime: number;
  /** Equalities of the left side with the whole primary key of the right one, over both sides. */
  readonly keys: BoundExpression;
  /** What the version must fulfil besides. */
  readonly condition: BoundExpression | undefined;
  readonly span: Span;
}

/**
 * Joins each row of the left with the rows that the right side gives for it: the right side names columns of the left as
 * outer columns with `correlation`. The rule `decorrelate` leaves none.
 */
export interface Correlate extends NodeBase {
  readonly kind: 'Correlate';
  readonly join: 'inner' | 'left';
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  readonly correlation: number;
  readonly span: Span;
}

/**
 * Repeats each row for each element of a collection, with the element behind it: the fields of a ROW, key and value of a
 * MAP, a value of an ARRAY, of a MULTISET as often as it is in it.
 */
export interface Unnest extends NodeBase {
  readonly kind: 'Unnest';
  readonly input: LogicalNode;
  /** An ARRAY, MAP or MULTISET over the input. */
  readonly collection: BoundExpression;
  /** Whether the last field is the element's place, from 1. */
  readonly ordinality: boolean;
  /** Whether a row whose collection is empty or NULL stays, with NULLs. */
  readonly outer: boolean;
}

/** Calls a model for each row and appends its output columns. */
export interface Predict extends NodeBase {
  readonly kind: 'Predict';
  readonly input: LogicalNode;
  readonly call: ModelCallSite;
  /** Fields of the input that are the model's INPUT columns, in its order and of its types. */
  readonly arguments: readonly number[];
  /** A BOOLEAN field: rows for which it is not true are not sent and get NULL outputs. */
  readonly guard: number | undefined;
  /** `columns`: the OUTPUT columns; `row`: one ROW of them; `result`: one `ROW<value …, error STRING>`, where a failed row carries its reason. */
  readonly form: 'columns' | 'row' | 'result';
  /** Whether no row may be lost, as a left join has it: a row that `on-error` would skip gets NULL outputs. */
  readonly keepsRows?: true | undefined;
}

/**
 * Joins each row of the left with the rows of the right whose vectors are nearest to a vector of it, the nearest first:
 * fields are those of the left, those of the right, then the score.
 */
export interface VectorSearch extends NodeBase {
  readonly kind: 'VectorSearch';
  readonly left: LogicalNode;
  /** A table, or a projection of one. */
  readonly right: LogicalNode;
  /** Field of the left that holds the vector to look for. */
  readonly query: number;
  /** Field of the right that holds the vectors. */
  readonly vectors: number;
  /** Most rows of the right for one of the left. */
  readonly topK: number;
  /** Options of the search, keys as written. */
  readonly config: ReadonlyMap<string, string>;
  /** Where the options stand. */
  readonly configSpans: OptionSpans;
  /** Whether a row for which nothing is found stays, with NULLs. */
  readonly outer: boolean;
  /** Of the call in the text. */
  readonly span: Span;
}

/** Asks a table by key for each row of the left, at the time when the row comes. Fields are those of both, left first. */
export interface LookupJoin extends NodeBase {
  readonly kind: 'LookupJoin';
  readonly join: 'inner' | 'left';
  readonly left: LogicalNode;
  /** A table, or a projection of one: it is not read as a whole. */
  readonly right: LogicalNode;
  /** Over the fields of both sides; has equalities with columns of the right, which are the keys. */
  readonly condition: BoundExpression;
  readonly hint: LookupHint;
  readonly span: Span;
}

/** What a model is for, which decides how its answers are compared with what they should be. */
export type EvaluationTask = 'REGRESSION' | 'CLUSTERING' | 'CLASSIFICATION' | 'EMBEDDING' | 'TEXT_GENERATION';

/** Appends `window_start`, `window_end` and `window_time` to each row, once for every window that the row is in. */
export interface WindowTable extends NodeBase {
  readonly kind: 'WindowTable';
  readonly input: LogicalNode;
  /** The field that is the time attribute. */
  readonly time: number;
  readonly timeAttribute: TimeAttribute;
  readonly window: WindowSpec;
}

/**
 * Groups by fields of the input and computes aggregates; fields are the keys, then the aggregates.
 *
 * With `window`, the input's `window_start` and `window_end` are among the keys and a group is final when the watermark
 * passes its end; without, each change of a group is an update, or with `wholeInput` each group leaves once, at the end.
 */
export interface Aggregate extends NodeBase {
  readonly kind: 'Aggregate';
  readonly input: LogicalNode;
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  readonly window: WindowKey | undefined;
  readonly wholeInput?: WholeInput | undefined;
}

/** A construct of the SQL text that no row leaves before all input is there. */
export interface WholeInput {
  /** Such as `OVER`. */
  readonly what: string;
  readonly span: Span | undefined;
  /** What to write where the input has no end, besides to read it with one. */
  readonly hint?: string | undefined;
}

/** The fields of an aggregate's input that hold the bounds of the window, and what these are as in `WindowBound`. */
export interface WindowKey extends Omit<WindowBound, 'side' | 'writtenAs'> {
  readonly start: number;
  readonly end: number;
}

/**
 * Orders all rows, equal ones as they came; within each group of equal `partition` fields it keeps the first `count` rows
 * after `offset`.
 */
export interface Sort extends NodeBase {
  readonly kind: 'Sort';
  readonly input: LogicalNode;
  readonly keys: readonly OrderKey[];
  readonly partition: readonly number[];
  /** `Infinity` for all. */
  readonly count: number;
  readonly offset: number;
  /** Of ORDER BY in the text. */
  readonly span: Span;
}

/**
 * Repeats each row once for each grouping set. In repetition `i` the fields `absent[i]` are NULL; a last field, an INT, holds
 * the number of the repetition.
 */
export interface Expand extends NodeBase {
  readonly kind: 'Expand';
  readonly input: LogicalNode;
  readonly absent: readonly (readonly number[])[];
}

/**
 * Appends to each row what it is among the rows of its window: those with the same values in the fields of `partition`, in
 * the order of `keys`. Rows keep their order.
 */
export interface OverAggregate extends NodeBase {
  readonly kind: 'OverAggregate';
  readonly input: LogicalNode;
  readonly partition: readonly number[];
  readonly keys: readonly OrderKey[];
  /** One for each appended field. */
  readonly calls: readonly OverCall[];
  /** Rows of a partition beyond so many are not needed; only where the one call is ROW_NUMBER. */
  readonly limit: number | undefined;
  /** Of the first call in the text. */
  readonly span: Span;
}

/** The first `count` rows after `offset`. */
export interface Limit extends NodeBase {
  readonly kind: 'Limit';
  readonly input: LogicalNode;
  readonly count: number;
  readonly offset: number;
}

/** A part of the plan that several places read: it runs once. Nothing is pushed into it from one reader alone. */
export interface Shared extends NodeBase {
  readonly kind: 'Shared';
  /** One per shared part, from 1. */
  readonly id: number;
  readonly input: LogicalNode;
}

/** Where the rows of one INSERT or SELECT go. */
export interface PlanRoot {
  readonly kind: 'Sink';
  readonly input: LogicalNode;
  /** `undefined` where the rows go to whoever ran the statement. */
  readonly table: TableObject | undefined;
  /** Options of an OPTIONS hint. */
  readonly hints: ReadonlyMap<string, string>;
  /** Where INSERT OVERWRITE is written; the rows take the place of what is in the table. */
  readonly overwrite?: Span | undefined;
  readonly fields: readonly PlanField[];
}

/** The nodes that a node reads, left before right. */
/** An `Expand` with its fields: what can be absent is nullable, and no time attribute or bound of a window. */
export function expandRows(input: LogicalNode, absent: readonly (readonly number[])[]): Expand {
  const optional = new Set(absent.flat());
  const fields = input.fields.map((field, index): PlanField =>
    optional.has(index) ? { name: field.name, type: withNullable(field.type, true) } : field,
  );
  return { kind: 'Expand', input, absent, fields: [...fields, { name: '$e', type: withNullable(INT, false) }] };
}

export function inputsOf(node: LogicalNode): readonly LogicalNode[] {
  if ('inputs' in node) return node.inputs;
  if ('left' in node) return [node.left, node.right];
  return 'input' in node ? [node.input] : [];
}

/** The same node over other inputs, whose fields are the same. */
export function withInputs<Node extends LogicalNode>(node: Node, inputs: readonly LogicalNode[]): Node;
export function withInputs(node: LogicalNode, inputs: readonly LogicalNode[]): LogicalNode {
  if (inputsOf(node).every((input, i) => input === inputs[i])) return node;
  if ('inputs' in node) return { ...node, inputs };
  if ('left' in node) return { ...node, left: inputs[0]!, right: inputs[1]! };
  return 'input' in node ? { ...node, input: inputs[0]! } : node;
}

/** Rewrites bottom-up: `change` sees each node after its inputs were rewritten. */
export function mapPlan(node: LogicalNode, change: (node: LogicalNode) => LogicalNode): LogicalNode {
  return change(
    withInputs(
      node,
      inputsOf(node).map(input => mapPlan(input, change)),
    ),
  );
}
