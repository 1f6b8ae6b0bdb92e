import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../common/civil.js';
import { UTC } from '../../common/zone.js';
import { formatType, type DataType } from '../../spec/data-type.js';
import type { Value } from '../../spec/batch.js';
import { formatValue } from '../../spec/value-text.js';
import type { BoundCall, BoundExpression, ModelCallSite } from './expression.js';

const INFIX = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'IS DISTINCT FROM',
  'IS NOT DISTINCT FROM',
  'LIKE',
  'SIMILAR TO',
]);

/** The expression as stable text for EXPLAIN, where columns show their names. */
export function formatExpression(expression: BoundExpression, names: readonly string[]): string {
  const format = (each: BoundExpression): string => formatExpression(each, names);
  switch (expression.kind) {
    case 'column':
      return names[expression.index] ?? `$${expression.index}`;
    case 'literal':
      return formatLiteral(expression.value, expression.type);
    case 'call':
      return formatCall(expression, expression.arguments.map(format));
    case 'cast':
      return `${expression.safe ? 'TRY_CAST' : 'CAST'}(${format(expression.operand)} AS ${formatType(expression.type, 'ignore')})`;
    case 'logical':
      return `(${format(expression.left)} ${expression.operator} ${format(expression.right)})`;
    case 'not':
      return `NOT ${format(expression.operand)}`;
    case 'is':
      return `${formatTested(expression.operand, format)} IS ${expression.not ? 'NOT ' : ''}${expression.test}`;
    case 'case':
      return `CASE ${expression.branches.map(branch => `WHEN ${format(branch.when)} THEN ${format(branch.then)} `).join('')}ELSE ${format(expression.otherwise)} END`;
    case 'field':
      return `${format(expression.operand)}.${expression.name}`;
    case 'outer-column':
      return expression.name;
    case 'subquery':
      return `${expression.form === 'exists' ? 'EXISTS ' : expression.form === 'in' ? `(${expression.operands.map(format).join(', ')}) IN ` : ''}(subquery)`;
    case 'model-call':
      return `ML_PREDICT(${[formatCallSite(expression.call), ...expression.arguments.map(format)].join(', ')})`;
  }
}

/** NOT binds less tightly than IS. */
function formatTested(operand: BoundExpression, format: (each: BoundExpression) => string): string {
  return operand.kind === 'not' ? `(${format(operand)})` : format(operand);
}

/** `MODEL m`, with the keys that the call overrides; their values can be secrets. */
export function formatCallSite({ model, config }: ModelCallSite): string {
  return `MODEL ${model.name.object}${config.size > 0 ? ` with ${[...config.keys()].join(', ')}` : ''}`;
}

function formatCall({ name, clauses = [] }: BoundCall, args: readonly string[]): string {
  if (INFIX.has(name) && args.length === 2) return `(${args[0]} ${name} ${args[1]})`;
  if (name === '[]') return `${args[0]}[${args[1]}]`;
  if (name.startsWith('IS JSON')) return `${args[0]} ${name}`;
  if (name === 'OVERLAPS') return `((${args[0]}, ${args[1]}) OVERLAPS (${args[2]}, ${args[3]}))`;
  const plain = args.filter((_, i) => !clauses.includes(i)).join(', ');
  return `${name}(${[plain, ...clauses.map(each => (typeof each === 'number' ? args[each] : each))].filter(each => each !== '').join(' ')})`;
}

type Units = readonly (readonly [size: number, name: string])[];
const DAY_TIME_UNITS: Units = [
  [MICROS_PER_DAY, 'DAY'],
  [MICROS_PER_HOUR, 'HOUR'],
  [MICROS_PER_MINUTE, 'MINUTE'],
  [MICROS_PER_SECOND, 'SECOND'],
];
const YEAR_MONTH_UNITS: Units = [
  [12, 'YEAR'],
  [1, 'MONTH'],
];

/** In the largest unit that gives a whole number; fractions of a second as they are. */
function formatInterval(value: number, units: Units): string {
  const [size, name] = units.find(([unit]) => value % unit === 0) ?? units.at(-1)!;
  return `INTERVAL '${value / size}' ${name}`;
}

function formatLiteral(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  const text = formatValue(value, type, UTC);
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return `'${text.replaceAll("'", "''")}'`;
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return `${type.kind} '${text}'`;
    case 'INTERVAL_DAY_TIME':
      return formatInterval(value as number, DAY_TIME_UNITS);
    case 'INTERVAL_YEAR_MONTH':
      return formatInterval(value as number, YEAR_MONTH_UNITS);
    default:
      return text;
  }
}
