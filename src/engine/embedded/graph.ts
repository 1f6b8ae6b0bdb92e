import { MillraceError, MillraceErrors, toMillraceError } from '../../common/error.js';
import { createZone, type Zone } from '../../common/zone.js';
import { checkBounded } from './check-bounded.js';
import { checkRunnable, refusal } from './check-runnable.js';
import { evaluateConstant } from './compile/compile-expression.js';
import { CodeWriter } from './compile/code-writer.js';
import { compileCalc, compileColumns, type CompiledCalc } from './compile/compile-calc.js';
import {
  execInputs,
  execNodes,
  type ExecKind,
  type ExecNode,
  type JoinExec,
  type MarkJoinExec,
  type SinkExec,
  type SourceExec,
  type TemporalJoinExec,
  type ValuesExec,
} from '../../planner/physical/exec-node.js';
import { batchOfRows, type Batch } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { Sink, Source } from '../../spec/connector.js';
import type { StreamElement } from './element.js';
import type { JobEnvironment } from './environment.js';
import { joinCredits, type Operator, type OperatorContext, type Output } from './operator.js';
import { expandOperator } from './operators/expand.js';
import { groupAggregateOperator } from './operators/group-aggregate.js';
import { joinOperator } from './operators/join.js';
import { limitOperator } from './operators/limit.js';
import { markJoinOperator } from './operators/mark-join.js';
import { materializeOperator } from './operators/materialize.js';
import { overAggregateOperator } from './operators/over-aggregate.js';
import { predictOperator } from './operators/predict.js';
import { sessionAggregateOperator } from './operators/session-aggregate.js';
import { sessionTableOperator } from './operators/session-table.js';
import { setOperationOperator } from './operators/set-operation.js';
import { sinkOperator } from './operators/sink.js';
import { sortOperator } from './operators/sort.js';
import { SourceOperator, type WatermarkOf } from './operators/source.js';
import { temporalJoinOperator } from './operators/temporal-join.js';
import { transformOperator } from './operators/transform.js';
import { compileUnnest } from './operators/unnest.js';
import { unionOperator } from './operators/union.js';
import { windowAggregateOperator } from './operators/window-aggregate.js';
import { windowTableOperator } from './operators/window-table.js';

/** The running form of a plan. */
export interface JobGraph {
  /** Inputs before the operators that read them. */
  readonly nodes: readonly GraphNode[];
  readonly sources: readonly GraphSource[];
  readonly sinks: readonly GraphSink[];
}

interface GraphNodeBase {
  readonly exec: ExecNode;
  /** Counters by name. */
  readonly metrics: ReadonlyMap<string, number>;
}

export type GraphNode = GraphSource | GraphSink | (GraphNodeBase & { readonly kind: 'operator'; readonly operator: Operator });

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

export interface GraphHooks {
  readonly snapshot: (operator: string, checkpoint: number, state: unknown) => void;
  readonly fail: (thrown: unknown) => void;
  /** A sink has written its last row. */
  readonly sinkEnded: (exec: SinkExec) => void;
}

/**
 * Opens what a plan needs and joins its operators. Nothing flows yet.
 *
 * @throws what the environment throws; what was opened before is closed again.
 */
export async function buildGraph(plan: readonly SinkExec[], environment: JobEnvironment, hooks: GraphHooks): Promise<JobGraph> {
  const nodes: GraphNode[] = [];
  const outputs = new Map<ExecNode, FanOut>();
  checkRunnable(execNodes(plan));
  try {
    for (const exec of execNodes(plan)) {
      const metrics = new Map<string, number>();
      const output = new FanOut();
      outputs.set(exec, output);
      const context = contextOf({ exec, output, metrics, environment, hooks });
      const node: GraphNode = { exec, metrics, ...(await openNode(exec, { context, environment, hooks, plan })) };
      nodes.push(node);
      if (node.kind !== 'source')
        execInputs(exec).forEach((input, port) => outputs.get(input)!.add({ operator: node.operator, port, exec }));
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

  add(target: Target): void {
    this.#targets.push(target);
  }

  emit(element: StreamElement): void | Promise<void> {
    if (this.#targets.length === 1) return push(element, this.#targets[0]!);
    return joinCredits(this.#targets.map(target => push(element, target)));
  }
}

interface Target {
  readonly operator: Operator;
  readonly port: number;
  readonly exec: ExecNode;
}

/** Hands an element to an operator; what fails in it is not blamed on its sender. */
function push(element: StreamElement, { operator, port, exec }: Target): void | Promise<void> {
  try {
    return operator.push(element, port);
  } catch (thrown) {
    throw placed(thrown, exec);
  }
}

interface ContextOptions {
  readonly exec: ExecNode;
  readonly output: Output;
  readonly metrics: Map<string, number>;
  readonly environment: JobEnvironment;
  readonly hooks: GraphHooks;
}

function contextOf({ exec, output, metrics, environment, hooks }: ContextOptions): OperatorContext {
  return {
    id: exec.id,
    output,
    clock: environment.clock,
    snapshot: (checkpoint, state) => hooks.snapshot(exec.id, checkpoint, state),
    fail: thrown => hooks.fail(placed(thrown, exec)),
    count: (metric, by) => metrics.set(metric, (metrics.get(metric) ?? 0) + by),
  };
}

/** The error with its place in the plan, unless an operator further down has given it one. */
function placed(thrown: unknown, exec: ExecNode): MillraceError | MillraceErrors {
  if (thrown instanceof MillraceErrors) return new MillraceErrors(thrown.errors.map(error => error.within(placeOf(exec))));
  const error = toMillraceError(thrown);
  return error.context.operator === undefined ? error.within(placeOf(exec)) : error;
}

/** What an error of a node tells about its place. */
export function placeOf(exec: ExecNode): { operator: string; table?: string; model?: string } {
  const operator = `${exec.kind.replace('Exec', '')} (${exec.id})`;
  if ((exec.kind === 'SourceExec' || exec.kind === 'SinkExec') && exec.table) return { operator, table: exec.table.name.object };
  return exec.kind === 'PredictExec' ? { operator, model: exec.call.model.name.object } : { operator };
}

interface OpenOptions {
  readonly context: OperatorContext;
  readonly environment: JobEnvironment;
  readonly hooks: GraphHooks;
  readonly plan: readonly SinkExec[];
}

/** What is particular to a node's kind. */
type OpenedNode = OwnPart<GraphNode>;
type OwnPart<Node> = Node extends unknown ? Omit<Node, keyof GraphNodeBase> : never;

function opened(operator: Operator): OpenedNode {
  return { kind: 'operator', operator };
}

async function openNode(exec: ExecNode, options: OpenOptions): Promise<OpenedNode> {
  try {
    const open = OPENERS[exec.kind] as (exec: ExecNode, options: OpenOptions) => Promise<OpenedNode> | OpenedNode;
    return await open(exec, options);
  } catch (thrown) {
    throw placed(thrown, exec);
  }
}

const OPENERS: {
  readonly [Kind in ExecKind]: (exec: Extract<ExecNode, { kind: Kind }>, options: OpenOptions) => Promise<OpenedNode> | OpenedNode;
} = {
  async SourceExec(exec, options) {
    const source = await options.environment.openSource(exec);
    const read = exec.columns.map(index => exec.table.columns[index]!);
    const { functions } = options.environment;
    return openReader(exec, source, {
      ...options,
      calc: exec.calc && compileCalc(exec.calc, read, functions),
      watermarkOf: exec.watermark && watermarkOf(exec, options.environment),
      outputCalc: exec.output && compileCalc(exec.output, exec.readFields, functions),
    });
  },
  ValuesExec: (exec, options) =>
    openReader(exec, valuesSource(exec, options.environment), {
      ...options,
      calc: undefined,
      watermarkOf: undefined,
      outputCalc: undefined,
    }),
  CalcExec: (exec, { context, environment }) =>
    opened(transformOperator(compileCalc(exec.calc, exec.input.fields, environment.functions))(context)),
  UnionExec: (exec, { context }) => opened(unionOperator(exec.inputs.length)(context)),
  SetOperationExec: (exec, { context, environment }) =>
    opened(setOperationOperator({ ...exec, maxRows: environment.settings.maxRows })(context)),
  JoinExec: (exec, { context, environment }) =>
    opened(
      joinOperator(
        { ...exec, ...sidesOf(exec), maxRows: environment.settings.maxRows, span: exec.wholeInput?.span, hasRightTime: hasRightTime(exec) },
        environment.functions,
      )(context),
    ),
  MarkJoinExec(exec, { context, environment }) {
    const { test, isNullAware } = exec;
    const markType = exec.fields.at(-1)!.type;
    return opened(
      markJoinOperator({ condition: exec.condition, ...sidesOf(exec), test, isNullAware, markType }, environment.functions)(context),
    );
  },
  TemporalJoinExec: (exec, { context, environment }) =>
    opened(temporalJoinOperator({ ...exec, ...sidesOf(exec) }, environment.functions)(context)),
  UnnestExec: (exec, { context, environment }) =>
    opened(transformOperator(compileUnnest({ ...exec, input: exec.input.fields }, environment.functions))(context)),
  SortExec: (exec, { context, environment }) => opened(sortOperator({ ...exec, maxRows: environment.settings.maxRows })(context)),
  MaterializeExec: (exec, { context, environment }) =>
    opened(materializeOperator({ fields: exec.fields, maxRows: environment.settings.maxRows })(context)),
  async PredictExec(exec, { context, environment }) {
    const predictor = await environment.openPredictor(exec);
    const appended = exec.fields.slice(exec.input.fields.length);
    const { guard, form, call } = exec;
    const { maxRows } = environment.settings;
    const { outputs } = call.model;
    return opened(predictOperator({ predictor, arguments: exec.arguments, guard, form, outputs, appended, maxRows })(context));
  },
  VectorSearchExec: refuse,
  LookupJoinExec: refuse,
  EvaluateExec: refuse,
  WindowTableExec(exec, { context, environment }) {
    const isLocal = exec.input.fields[exec.time]!.type.kind === 'TIMESTAMP_LTZ';
    const zone = localZone(isLocal, environment);
    const { window } = exec;
    if (window.kind === 'session') return opened(sessionTableOperator({ ...exec, window, zone })(context));
    return opened(windowTableOperator({ ...exec, window, zone })(context));
  },
  SessionAggregateExec(exec, { context, environment }) {
    const isLocal = exec.input.fields[exec.time]!.type.kind === 'TIMESTAMP_LTZ';
    return opened(sessionAggregateOperator({ ...exec, zone: localZone(isLocal, environment) })(context));
  },
  WindowAggregateExec(exec, { context, environment }) {
    const zone = localZone(exec.window.isLocal, environment);
    return opened(windowAggregateOperator({ ...exec, zone })(context));
  },
  GroupAggregateExec: (exec, { context }) => opened(groupAggregateOperator(exec)(context)),
  ExpandExec: (exec, { context }) => opened(expandOperator(exec)(context)),
  OverAggregateExec: (exec, { context, environment }) =>
    opened(overAggregateOperator({ ...exec, fields: exec.input.fields, maxRows: environment.settings.maxRows })(context)),
  LimitExec: (exec, { context }) => opened(limitOperator(exec)(context)),
  SinkExec: openSink,
};

function hasRightTime({ left, fields }: JoinExec): boolean {
  return fields.slice(left.fields.length).some(field => field.timeAttribute === 'rowtime');
}

function sidesOf({ left, right }: JoinExec | MarkJoinExec | TemporalJoinExec): {
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
} {
  return { leftFields: left.fields, rightFields: right.fields };
}

function refuse(exec: Parameters<typeof refusal>[0]): never {
  throw refusal(exec);
}

/** The zone of the session where something stands on its wall clock. */
function localZone(isLocal: boolean, { functions }: JobEnvironment): Zone | undefined {
  return isLocal ? createZone(functions.timeZone) : undefined;
}

async function openSink(exec: SinkExec, { context, environment, hooks }: OpenOptions): Promise<OpenedNode> {
  const sink = await environment.openSink(exec);
  const { changelogMode } = exec;
  if (sink.changelogMode !== 'all' && changelogMode !== 'insert-only' && !(sink.changelogMode === 'upsert' && changelogMode === 'upsert')) {
    throw new MillraceError({
      code: 'CHANGELOG_MODE',
      message: `the query updates rows, and table "${exec.table?.name.object ?? 'result'}" takes ${sink.changelogMode === 'upsert' ? 'no retractions' : 'only inserts'}`,
      notes: [{ message: 'aggregate in windows, whose rows are final, or write into a table that takes updates' }],
    });
  }
  const fields = exec.table ? storedFields(exec) : exec.fields;
  const operator = sinkOperator({
    openWriter: () => sink.openWriter(`${environment.attempt}-${exec.id}`),
    fields,
    onEnd: () => hooks.sinkEnded(exec),
  })(context);
  return { kind: 'sink', operator, sink };
}

function storedFields({ fields, table }: SinkExec): SinkExec['fields'] {
  return fields.map(field => ({ ...field, type: table!.columns.find(column => column.name === field.name)?.type ?? field.type }));
}

interface ReaderOptions extends OpenOptions {
  readonly calc: CompiledCalc | undefined;
  readonly watermarkOf: WatermarkOf | undefined;
  readonly outputCalc: CompiledCalc | undefined;
}

function openReader(
  exec: ExecNode,
  source: Source,
  { context, environment, plan, calc, watermarkOf, outputCalc }: ReaderOptions,
): OpenedNode {
  const { parallelism, maxRows, maxBytes, maxLatencyMs } = environment.settings;
  const settings = { parallelism, maxRows, maxBytes, fillMs: maxLatencyMs };
  const reaches = new Set(plan.filter(sink => execNodes([sink]).includes(exec)));
  return { kind: 'source', reader: new SourceOperator({ source, settings, calc, watermarkOf, outputCalc }, context), source, reaches };
}

/** The highest watermark among the rows of a batch. @throws {MillraceError} `NULL_VIOLATION` when a row has no time, as Flink. */
function watermarkOf(exec: SourceExec, environment: JobEnvironment): WatermarkOf {
  const { column, expression } = exec.watermark!;
  const compute = compileColumns([expression], exec.readFields, environment.functions);
  return batch => {
    const nulls = batch.columns[column]!.nulls;
    if (nulls !== undefined && nulls.subarray(0, batch.rowCount).includes(1)) {
      throw new MillraceError({
        code: 'NULL_VIOLATION',
        message: `the event time "${exec.readFields[column]!.name}" is NULL`,
        notes: [{ message: 'declare the watermark on a column that always has a value, for instance COALESCE(…) AS a computed column' }],
      });
    }
    const watermarks = compute(batch, undefined, batch.rowCount)[0]!;
    let highest = -Infinity;
    for (let i = 0; i < batch.rowCount; i++) {
      const time = watermarks.values[i] as number;
      if (watermarks.nulls?.[i] !== 1 && time > highest) highest = time;
    }
    return highest;
  };
}

/** VALUES as a source with one split. */
function valuesSource(exec: ValuesExec, { functions }: JobEnvironment): Source<number> {
  const read = (from: number): Batch | undefined => {
    const rows = exec.rows
      .slice(from)
      .map(row => row.map(each => evaluateConstant(each, { writer: new CodeWriter(), environment: functions })));
    return rows.length > 0 ? batchOfRows(exec.fields, rows) : undefined;
  };
  return {
    boundedness: 'bounded',
    changelogMode: 'insert-only',
    listSplits: () => Promise.resolve([{ id: 'values' }]),
    openReader: (_split, from) =>
      Promise.resolve({
        read: () => Promise.resolve({ batch: read(from ?? 0), position: exec.rows.length, end: true }),
        close: () => Promise.resolve(),
      }),
  };
}
