import { createZone, type Zone } from '../../common/zone.js';
import type { ExecKind, ExecNode, JoinExec, MarkJoinExec, TemporalJoinExec } from '../../planner/physical/exec-node.js';
import type { Field } from '../../spec/data-type.js';
import { refusal } from './check-runnable.js';
import { compileCalc } from './compile/compile-calc.js';
import type { JobEnvironment } from './environment.js';
import type { OpenedNode, OpenOptions } from './graph-node.js';
import { openDeadLetters } from './open-dead-letters.js';
import { openSink } from './open-sink.js';
import { openLookupJoin } from './open-lookup-join.js';
import { openReader, valuesSource, watermarkOf } from './open-source.js';
import type { Operator } from './operator.js';
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
import { sortOperator } from './operators/sort.js';
import { temporalJoinOperator } from './operators/temporal-join.js';
import { transformOperator } from './operators/transform.js';
import { compileUnnest } from './operators/unnest.js';
import { unionOperator } from './operators/union.js';
import { windowAggregateOperator } from './operators/window-aggregate.js';
import { windowTableOperator } from './operators/window-table.js';
import { placed } from './place-of.js';

function opened(operator: Operator): OpenedNode {
  return { kind: 'operator', operator };
}

/** Makes what a node of the plan runs as. @throws what the environment throws, with the node's place. */
export async function openNode(exec: ExecNode, options: OpenOptions): Promise<OpenedNode> {
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
  async PredictExec(exec, { context, environment, hooks, busy }) {
    const deadLetters = await openDeadLetters(exec, { environment, hooks, busy });
    const predictor = await environment.openPredictor(exec, await environment.store.openJournal?.(exec.id));
    const appended = exec.fields.slice(exec.input.fields.length);
    const { guard, form, call } = exec;
    const { maxRows } = environment.settings;
    const { outputs } = call.model;
    const operator = predictOperator({
      predictor,
      arguments: exec.arguments,
      guard,
      form,
      outputs,
      appended,
      maxRows,
      deadLetters: deadLetters?.output,
    })(context);
    return { kind: 'operator', operator, deadLetters: deadLetters?.sink };
  },
  VectorSearchExec: refuse,
  LookupJoinExec: openLookupJoin,
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
