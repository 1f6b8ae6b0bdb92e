import { formatAggregate } from '../logical/aggregate-call.js';
import { describeOver } from '../logical/describe-over.js';
import { formatSets } from '../logical/format-sets.js';
import { formatCallSite, formatExpression } from '../logical/format-expression.js';
import { formatLookupHint } from '../logical/lookup-hint.js';
import { describeSearch, describeSort } from '../logical/explain-logical.js';
import { formatWindow } from '../logical/window-spec.js';
import type { JoinCondition } from './equi-key.js';
import { estimateRows, formatBounds, type RowBounds } from './estimate-rows.js';
import {
  execInputs,
  execNodes,
  type Calc,
  type ExecNode,
  type JoinExec,
  type LookupJoinExec,
  type MarkJoinExec,
  type PredictExec,
  type SinkExec,
  type SourceExec,
  type TemporalJoinExec,
} from './exec-node.js';

const KINDS = { 'insert-only': '[+I]', upsert: '[+I, +U, -D]', all: '[+I, -U, +U, -D]' } as const;

export interface ExplainOptions {
  /** Whether each node tells the row kinds that leave it; a sink always does. */
  readonly changelogMode?: boolean;
  /** What is known of the rows of each source; with it, each node tells its rows, and a model how many it is asked about. */
  readonly boundsOf?: ((source: SourceExec) => RowBounds) | undefined;
}

/** The physical plan of a job as stable text: a line per node, inputs indented below; a node that runs once for several readers is written once. */
export function explainPhysical(sinks: readonly SinkExec[], options: ExplainOptions = {}): string {
  const readers = new Map<ExecNode, number>();
  for (const node of execNodes(sinks)) for (const input of execInputs(node)) readers.set(input, (readers.get(input) ?? 0) + 1);
  const bounds = options.boundsOf && estimateRows(sinks, options.boundsOf);
  const numbers = new Map<ExecNode, number>();
  const explain = (node: ExecNode, indent: string): string[] => {
    const known = numbers.get(node);
    if (known !== undefined) return [`${indent}Reuse #${known}`];
    const shared = (readers.get(node) ?? 0) > 1;
    if (shared) numbers.set(node, numbers.size + 1);
    const mode = options.changelogMode || node.kind === 'SinkExec' ? ` changelog=${KINDS[node.changelogMode]}` : '';
    const line = `${indent}${shared ? `#${numbers.size} ` : ''}${describeExec(node)}${mode}${bounds ? describeCost(node, bounds) : ''}`;
    return [line, ...execInputs(node).flatMap(input => explain(input, `${indent}  `))];
  };
  return sinks.flatMap(sink => explain(sink, '')).join('\n');
}

/** The rows of a node in the end; a model is asked about those of its input. */
function describeCost(node: ExecNode, bounds: ReadonlyMap<ExecNode, RowBounds>): string {
  const asked = node.kind === 'PredictExec' ? ` asked=[${formatBounds(askedRows(node, bounds.get(node.input)!))}]` : '';
  return ` rows=[${formatBounds(bounds.get(node)!)}]${asked}`;
}

function askedRows(node: PredictExec, input: RowBounds): RowBounds {
  return node.guard !== undefined ? { ...input, least: 0 } : input;
}

function namesOf(node: ExecNode): string[] {
  return node.fields.map(field => field.name);
}

/** A node as EXPLAIN shows it, without its inputs. */
export function describeExec(node: ExecNode): string {
  switch (node.kind) {
    case 'SourceExec': {
      const read = node.columns.map(index => node.table.columns[index]!.name);
      const names = node.readFields.map(field => field.name);
      const parts = [
        `Source(${node.table.name.object}) columns=[${read.join(', ')}]`,
        node.calc && describeCalc(node.calc, read, names),
        node.watermark && `watermark=[${names[node.watermark.column]} AS ${formatExpression(node.watermark.expression, names)}]`,
        node.output && describeCalc(node.output, names, namesOf(node)),
      ];
      return parts.filter(part => part !== undefined).join(' ');
    }
    case 'ValuesExec':
      return `Values(${node.rows.length} ${node.rows.length === 1 ? 'row' : 'rows'})`;
    case 'CalcExec':
      return `Calc(${describeCalc(node.calc, namesOf(node.input), namesOf(node))})`;
    case 'UnionExec':
      return 'Union(all)';
    case 'SetOperationExec':
      return `SetOperation(${node.operator.toLowerCase()}${node.all ? ' all' : ''}) state=[all rows]`;
    case 'JoinExec':
      return `Join(${node.join}, ${describeJoin(node)}${node.atMostOne ? ', at most one' : ''}) state=[right side]`;
    case 'MarkJoinExec': {
      const names = [...namesOf(node.left), ...namesOf(node.right)];
      const asked = node.test ? `, any [${formatExpression(node.test, names)}]` : node.isNullAware ? ', any' : '';
      return `MarkJoin(${describeJoin(node)}${asked}) state=[right side]`;
    }
    case 'TemporalJoinExec':
      return `TemporalJoin(${node.join}, ${describeJoin(node)}, ${namesOf(node.left)[node.leftTime]} within versions from ${namesOf(node.right)[node.rightTime]}) state=[right side]`;
    case 'UnnestExec':
      return `Unnest(${formatExpression(node.collection, namesOf(node.input))})${node.outer ? ' outer' : ''}`;
    case 'SortExec':
      return `Sort(${describeSort(node, namesOf(node.input))}) state=[${node.count === Infinity ? 'all rows' : 'first rows'}]`;
    case 'MaterializeExec':
      return 'Materialize() state=[all rows]';
    case 'PredictExec': {
      const names = namesOf(node.input);
      const guard = node.guard === undefined ? '' : ` only where ${names[node.guard]}`;
      return `Predict(${formatCallSite(node.call)}, [${node.arguments.map(index => names[index]).join(', ')}]${guard}) state=[in-flight rows]`;
    }
    case 'VectorSearchExec':
      return `VectorSearch(${describeSearch(node, namesOf(node.left), namesOf(node.right))})`;
    case 'LookupJoinExec':
      return `LookupJoin(${node.table.name.object}, ${node.join}, ${describeLookup(node)}) state=[in-flight rows]`;
    case 'WindowTableExec': {
      const names = namesOf(node.input);
      return `WindowTable(${formatWindow(node.window, names[node.time]!, names)})${node.window.kind === 'session' ? ' state=[open sessions]' : ''}`;
    }
    case 'SessionAggregateExec': {
      const names = namesOf(node.input);
      const { gapMicros, partition } = node;
      const window = formatWindow({ kind: 'session', gapMicros, partition }, names[node.time]!, names);
      const keys = namesOf(node).slice(0, node.keys.length);
      return `SessionAggregate(${window}, keys=[${keys.join(', ')}], aggregates=[${node.aggregates.map(call => formatAggregate(call, names)).join(', ')}]) state=[open sessions]`;
    }
    case 'WindowAggregateExec':
    case 'GroupAggregateExec': {
      const names = namesOf(node.input);
      const state = node.kind === 'WindowAggregateExec' ? 'open windows' : 'groups';
      return `${node.kind.replace('Exec', '')}(keys=[${node.keys.map(key => names[key]).join(', ')}], aggregates=[${node.aggregates.map(call => formatAggregate(call, names)).join(', ')}])${node.kind === 'GroupAggregateExec' && node.emit === 'final' ? ' final' : ''} state=[${state}]`;
    }
    case 'ExpandExec':
      return `Expand(${formatSets(node.absent, namesOf(node.input))})`;
    case 'OverAggregateExec':
      return `OverAggregate(${describeOver(node, namesOf(node.input))}) state=[${node.limit === undefined ? 'all rows' : 'first rows'}]`;
    case 'LimitExec':
      return `Limit(${node.count === Infinity ? 'all' : node.count}${node.offset > 0 ? ` after ${node.offset}` : ''}) state=[count]`;
    case 'SinkExec':
      return `Sink(${node.table?.name.object ?? 'result'})${node.overwrite ? ' overwrite' : ''} columns=[${namesOf(node).join(', ')}]`;
  }
}

function describeJoin({ left, right, condition }: JoinExec | MarkJoinExec | TemporalJoinExec): string {
  return describeKeys(condition, namesOf(left), namesOf(right));
}

function describeLookup({ input, table, columns, condition: { keys, guard, rest }, hint, fields }: LookupJoinExec): string {
  const names = namesOf(input);
  const asked = keys.map(({ column, value }) => `${table.columns[columns[column]!]!.name} = ${formatExpression(value, names)}`);
  const hinted = formatLookupHint(hint);
  return [
    `keys=[${asked.join(', ')}]`,
    ...(guard ? [`only where ${formatExpression(guard, names)}`] : []),
    ...(rest
      ? [
          `where=[${formatExpression(
            rest,
            fields.map(field => field.name),
          )}]`,
        ]
      : []),
    ...(hinted === '' ? [] : [`hint=[${hinted}]`]),
  ].join(', ');
}

function describeKeys(condition: JoinCondition, ofLeft: readonly string[], ofRight: readonly string[]): string {
  const keys = condition.keys.map(
    key => `${formatExpression(key.left, ofLeft)} = ${formatExpression(key.right, ofRight)}${key.nullsAreEqual ? ' or both NULL' : ''}`,
  );
  const rest = condition.rest ? `, where=[${formatExpression(condition.rest, [...ofLeft, ...ofRight])}]` : '';
  return keys.length === 0 && rest === '' ? 'all pairs' : `keys=[${keys.join(', ')}]${rest}`;
}

function describeCalc(calc: Calc, inputs: readonly string[], outputs: readonly string[]): string {
  const select = calc.expressions.map((each, i) => {
    const text = formatExpression(each, inputs);
    return text === outputs[i] ? text : `${text} AS ${outputs[i]}`;
  });
  return `select=[${select.join(', ')}]${calc.condition ? `, where=[${formatExpression(calc.condition, inputs)}]` : ''}`;
}
