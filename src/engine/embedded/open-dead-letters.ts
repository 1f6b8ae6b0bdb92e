import type { PredictExec, SinkExec } from '../../planner/physical/exec-node.js';
import { DEAD_LETTER_FIELDS } from '../../spec/dead-letter.js';
import type { DeadLetterTarget } from './environment.js';
import type { StreamElement } from './element.js';
import type { GraphSink, OpenOptions } from './graph-node.js';
import { FanOut } from './fan-out.js';
import { contextOf } from './operator-context.js';
import { FlowMeter } from './operator-flow.js';
import type { DeadLetterOutput } from './operators/in-flight.js';
import { sinkOperator } from './operators/sink.js';
import { sourcePositions } from './source-positions.js';

/** The second output of a call site, with the sink behind it. */
export interface OpenedDeadLetters {
  readonly output: DeadLetterOutput;
  readonly sink: GraphSink;
}

/**
 * Opens where the rows go that the model of a call site gives up: a sink with state, metrics and an id of its own. It sees no
 * end from the call site, and never ends a job; the job ends it when all rows of the plan are written.
 */
export async function openDeadLetters(
  exec: PredictExec,
  { environment, hooks, busy }: Pick<OpenOptions, 'environment' | 'hooks' | 'busy'>,
): Promise<OpenedDeadLetters | undefined> {
  const target = await environment.openDeadLetters(exec);
  if (!target) return undefined;
  const node = deadLetterSink(exec, target);
  const metrics = new Map<string, number>();
  const flow = new FlowMeter(environment.clock);
  const context = contextOf({ exec: node, output: { emit: () => {} }, metrics, flow, busy, environment, hooks });
  const { attempt, job } = environment;
  const operator = sinkOperator({
    openWriter: () => target.sink.openWriter(`${attempt}-${node.id}`),
    fields: target.fields,
    onEnd: () => {},
  })(context);
  const columns = target.fields.map(({ name }) => DEAD_LETTER_FIELDS.findIndex(field => field.name === name));
  const site = {
    job: job.name,
    statement: job.statement,
    callSite: exec.id,
    model: exec.call.model.name.object,
    fields: exec.input.fields,
    positions: sourcePositions(exec),
  };
  // What leaves here is no part of the flow of the call site: a metric of its own counts it.
  const output = new FanOut(new FlowMeter(environment.clock), busy);
  output.add({ operator, port: 0, exec: node, flow });
  return {
    output: { output: { emit: element => output.emit(chosen(element, columns)) }, site, attempt },
    sink: { kind: 'sink', exec: node, metrics, flow, operator, sink: target.sink },
  };
}

/** The id of the dead letters of a call site, in the graph and in checkpoints. */
export function deadLetterSinkId({ id }: PredictExec): string {
  return `${id}-dead-letters`;
}

/** The node of the dead letters of a call site, which is not in the plan. */
export function deadLetterSink(exec: PredictExec, { table, fields }: DeadLetterTarget): SinkExec {
  return {
    kind: 'SinkExec',
    id: deadLetterSinkId(exec),
    input: exec,
    table,
    hints: new Map(),
    overwrite: false,
    fields,
    changelogMode: 'insert-only',
  };
}

function chosen(element: StreamElement, columns: readonly number[]): StreamElement {
  if (element.kind !== 'batch') return element;
  return { ...element, columns: columns.map(column => element.columns[column]!) };
}
