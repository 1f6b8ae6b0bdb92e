import { nameText, type QualifiedName } from '../../catalog/objects.js';
import { formatAggregate } from './aggregate-call.js';
import { describeOver } from './describe-over.js';
import { formatSets } from './format-sets.js';
import { formatCallSite, formatExpression } from './format-expression.js';
import { formatLookupHint } from './lookup-hint.js';
import { inputsOf, type LogicalNode, type MarkJoin, type PlanRoot, type Sort, type VectorSearch } from './node.js';
import { formatOrderKey } from './order-key.js';
import { formatWindow } from './window-spec.js';

/** The plan as stable text: a line per node, inputs indented below it. */
export function explainLogical(root: PlanRoot): string {
  const target = root.table ? root.table.name.object : 'result';
  return `Sink(${target})${root.overwrite ? ' overwrite' : ''} columns=[${namesOf(root).join(', ')}]\n${explainNode(root.input, '  ')}`;
}

function explainNode(node: LogicalNode, indent: string): string {
  const own = `${indent}${node.kind}${describe(node)}`;
  return [own, ...inputsOf(node).map(input => explainNode(input, `${indent}  `))].join('\n');
}

function namesOf(node: { readonly fields: readonly { readonly name: string }[] }): string[] {
  return node.fields.map(field => field.name);
}

/** The name as short as it is clear. */
function shortName(name: QualifiedName): string {
  return name.catalog === 'default_catalog' && name.database === 'default_database' ? name.object : nameText(name);
}

function describe(node: LogicalNode): string {
  const names = inputsOf(node).flatMap(namesOf);
  switch (node.kind) {
    case 'Scan': {
      const hints = [...node.hints].map(([key, value]) => `'${key}'='${value}'`).join(', ');
      return `(${shortName(node.table.name)}) columns=[${namesOf(node).join(', ')}]${hints && ` hints=[${hints}]`}`;
    }
    case 'WatermarkAssigner':
      return `(${names[node.column]} AS ${formatExpression(node.expression, names)})`;
    case 'Values':
      return `(${node.rows.map(row => `(${row.map(each => formatExpression(each, [])).join(', ')})`).join(', ')})`;
    case 'Project':
      return `(${node.expressions.map((each, i) => named(formatExpression(each, names), node.fields[i]!.name)).join(', ')})`;
    case 'Filter':
      return `(${formatExpression(node.condition, names)})`;
    case 'Union':
      return '(all)';
    case 'SetOperation':
      return `(${node.operator.toLowerCase()}${node.all ? ' all' : ''})`;
    case 'Join':
      return `(${node.join}, ${node.condition ? formatExpression(node.condition, names) : 'all pairs'}${node.atMostOne ? ', at most one' : ''})`;
    case 'MarkJoin':
      return `(${describeMark(node, names)})`;
    case 'TemporalJoin': {
      const time = `${names[node.leftTime]} within versions from ${names[node.left.fields.length + node.rightTime]}`;
      return `(${node.join}, ${formatExpression(node.keys, names)}, ${time}${node.condition ? `, where ${formatExpression(node.condition, names)}` : ''})`;
    }
    case 'Correlate':
      return `(${node.join})`;
    case 'Unnest':
      return `(${formatExpression(node.collection, names)}) outputs=[${namesOf(node).slice(names.length).join(', ')}]${node.outer ? ' outer' : ''}`;
    case 'Predict': {
      const guard = node.guard === undefined ? '' : ` only where ${names[node.guard]}`;
      const outputs = namesOf(node).slice(names.length).join(', ');
      return `(${formatCallSite(node.call)}, [${node.arguments.map(index => names[index]).join(', ')}]${guard}) outputs=[${outputs}]${node.form === 'columns' ? '' : ` as ${node.form}`}${node.keepsRows ? ' outer' : ''}`;
    }
    case 'VectorSearch': {
      const width = node.left.fields.length;
      return `(${describeSearch(node, names.slice(0, width), names.slice(width))})`;
    }
    case 'LookupJoin': {
      const hint = formatLookupHint(node.hint);
      return `(${node.join}, ${formatExpression(node.condition, names)})${hint && ` hint=[${hint}]`}`;
    }
    case 'WindowTable':
      return `(${formatWindow(node.window, names[node.time]!, names)})`;
    case 'Aggregate': {
      const window = node.window ? ` window=[${names[node.window.start]}, ${names[node.window.end]}]` : '';
      return `(keys=[${node.keys.map(key => names[key]).join(', ')}], aggregates=[${node.aggregates.map(call => formatAggregate(call, names)).join(', ')}])${window}`;
    }
    case 'Sort':
      return `(${describeSort(node, names)})`;
    case 'Expand':
      return `(${formatSets(node.absent, names)})`;
    case 'OverAggregate':
      return `(${describeOver(node, names)})`;
    case 'Limit':
      return `(${node.count === Infinity ? 'all' : node.count}${node.offset > 0 ? ` after ${node.offset}` : ''})`;
    case 'Shared':
      return ` #${node.id}`;
  }
}

/** What a search looks for, and in which column. */
export function describeSearch(
  { query, vectors, topK, config, outer }: Pick<VectorSearch, 'query' | 'vectors' | 'topK' | 'config' | 'outer'>,
  left: readonly string[],
  right: readonly string[],
): string {
  const options = config.size > 0 ? ` with ${[...config.keys()].join(', ')}` : '';
  return `nearest ${topK} in ${right[vectors]} to ${left[query]}${options}${outer ? ', outer' : ''}`;
}

/** What EXISTS or IN asks of a row. */
export function describeMark({ condition, tests }: Pick<MarkJoin, 'condition' | 'tests'>, names: readonly string[]): string {
  const where = condition ? `${tests.length > 0 ? ' where ' : ''}${formatExpression(condition, names)}` : '';
  const asked = tests.map(each => formatExpression(each, names)).join(' AND ');
  return tests.length > 0 ? `any ${asked}${where}` : `exists${where && ` ${where}`}`;
}

/** The order, and which rows of it stay. */
export function describeSort(
  { keys, partition, count, offset }: Pick<Sort, 'keys' | 'partition' | 'count' | 'offset'>,
  names: readonly string[],
): string {
  const by = keys.map(key => formatOrderKey(key, names)).join(', ');
  const groups = partition.length > 0 ? ` in each [${partition.map(index => names[index]).join(', ')}]` : '';
  const kept = count === Infinity ? (offset > 0 ? 'all' : '') : `first ${count}`;
  return [by, `${kept}${offset > 0 ? ` after ${offset}` : ''}${groups}`].filter(part => part !== '').join(', ');
}

function named(expression: string, name: string): string {
  return expression === name ? name : `${expression} AS ${name}`;
}
