import type {
  BetweenExpression,
  CaseExpression,
  Expression,
  ExpressionKind,
  InExpression,
  IntervalLiteral,
  LikeExpression,
  TableArgument,
} from '../ast/expression.js';
import { BINARY_PRECEDENCE, PRECEDENCE } from '../precedence.js';
import { printCall } from './call.js';
import { printBracketedQuery, type Layout } from './layout.js';
import { printColumnList, printIdentifier, printObjectName, printString } from './name.js';
import { printAll, printWithin } from './operand.js';
import { printOrderItem } from './order.js';
import { printType } from './type.js';

type Printer<Kind extends ExpressionKind> = (expression: Extract<Expression, { kind: Kind }>, layout: Layout) => string;

const PRINTERS: { readonly [Kind in ExpressionKind]: Printer<Kind> } = {
  column: ({ parts }) => parts.map(printIdentifier).join('.'),
  star: ({ qualifier }) => [...qualifier.map(printIdentifier), '*'].join('.'),
  string: ({ value }) => printString(value),
  number: ({ text }) => text,
  boolean: ({ value }) => (value ? 'TRUE' : 'FALSE'),
  null: () => 'NULL',
  temporal: ({ type, value }) => `${type} ${printString(value)}`,
  interval: printInterval,
  'binary-literal': ({ hex }) => `X'${hex}'`,
  unary: ({ operator, operand }, layout) => printUnary(operator, operand, layout),
  binary({ operator, left, right }, layout) {
    const precedence = BINARY_PRECEDENCE[operator];
    return `${printWithin(left, precedence, layout)} ${operator} ${printWithin(right, precedence + 1, layout)}`;
  },
  is: ({ operand, not, test }, layout) => `${printWithin(operand, PRECEDENCE.is, layout)} IS ${not ? 'NOT ' : ''}${test}`,
  between: printBetween,
  in: printIn,
  like: printLike,
  case: printCase,
  cast: ({ safe, operand, type }, layout) => `${safe ? 'TRY_CAST' : 'CAST'}(${layout.expression(operand, layout)} AS ${printType(type)})`,
  call: printCall,
  element: ({ operand, index }, layout) => `${printWithin(operand, PRECEDENCE.access, layout)}[${layout.expression(index, layout)}]`,
  field: ({ operand, field }, layout) => `${printFieldOwner(operand, layout)}.${printIdentifier(field)}`,
  array: ({ elements }, layout) => `ARRAY[${printAll(elements, layout)}]`,
  map: ({ entries }, layout) =>
    `MAP[${printAll(
      entries.flatMap(({ key, value }) => [key, value]),
      layout,
    )}]`,
  row: ({ explicit, fields }, layout) => `${explicit || fields.length < 2 ? 'ROW' : ''}(${printAll(fields, layout)})`,
  'collection-query': ({ of, query }, layout) => `${of}${printBracketedQuery(query, layout)}`,
  subquery: ({ query }, layout) => printBracketedQuery(query, layout),
  exists: ({ query }, layout) => `EXISTS ${printBracketedQuery(query, layout)}`,
  'table-argument': printTableArgument,
  'model-argument': ({ model }) => `MODEL ${printObjectName(model)}`,
  descriptor: ({ columns }) => `DESCRIPTOR${printColumnList(columns)}`,
  'default-argument': () => 'DEFAULT',
};

/** The expression without brackets round it. */
export function printExpressionNode(expression: Expression, layout: Layout): string {
  return (PRINTERS[expression.kind] as Printer<ExpressionKind>)(expression, layout);
}

function printInterval({ value, precision, fraction, from, to, negative }: IntervalLiteral): string {
  const digits = [precision, to === undefined ? fraction : undefined].filter(each => each !== undefined);
  const end = to === undefined ? '' : ` TO ${to}${fraction === undefined ? '' : `(${fraction})`}`;
  const range = `${from}${digits.length === 0 ? '' : `(${digits.join(', ')})`}${end}`;
  return `INTERVAL ${negative ? '-' : ''}${printString(value)} ${range}`;
}

/** Two signs in a row stand apart: `--` starts a comment. */
function printUnary(operator: '-' | '+' | 'NOT', operand: Expression, layout: Layout): string {
  if (operator === 'NOT') return `NOT ${printWithin(operand, PRECEDENCE.not, layout)}`;
  const text = printWithin(operand, PRECEDENCE.sign, layout);
  return text.startsWith(operator) ? `${operator} ${text}` : `${operator}${text}`;
}

function printBetween({ operand, not, symmetric, low, high }: BetweenExpression, layout: Layout): string {
  const [value, from, to] = [
    printWithin(operand, PRECEDENCE.range, layout),
    printWithin(low, PRECEDENCE.additive, layout),
    printWithin(high, PRECEDENCE.additive, layout),
  ];
  return `${value} ${not ? 'NOT ' : ''}BETWEEN ${symmetric ? 'SYMMETRIC ' : ''}${from} AND ${to}`;
}

function printIn({ operand, not, list }: InExpression, layout: Layout): string {
  const values = 'kind' in list ? printBracketedQuery(list, layout) : `(${printAll(list, layout)})`;
  return `${printWithin(operand, PRECEDENCE.range, layout)} ${not ? 'NOT ' : ''}IN ${values}`;
}

function printLike({ operand, not, operator, pattern, escape }: LikeExpression, layout: Layout): string {
  const like = `${printWithin(operand, PRECEDENCE.range, layout)} ${not ? 'NOT ' : ''}${operator} ${printWithin(pattern, PRECEDENCE.additive, layout)}`;
  return escape === undefined ? like : `${like} ESCAPE ${printWithin(escape, PRECEDENCE.additive, layout)}`;
}

function printCase({ operand, branches, otherwise }: CaseExpression, layout: Layout): string {
  const parts = [
    operand === undefined ? 'CASE' : `CASE ${layout.expression(operand, layout)}`,
    ...branches.map(({ when, then }) => `WHEN ${layout.expression(when, layout)} THEN ${layout.expression(then, layout)}`),
    ...(otherwise === undefined ? [] : [`ELSE ${layout.expression(otherwise, layout)}`]),
    'END',
  ];
  return parts.join(' ');
}

/** Without brackets, `(a).b` would be one name of two parts, and `(1).b` no number. */
function printFieldOwner(operand: Expression, layout: Layout): string {
  const needsBrackets = operand.kind === 'column' || operand.kind === 'number' || operand.kind === 'interval';
  return needsBrackets ? `(${layout.expression(operand, layout)})` : printWithin(operand, PRECEDENCE.access, layout);
}

function printTableArgument({ table, partitionBy, orderBy }: TableArgument, layout: Layout): string {
  const parts = [
    printArgumentTable(table, layout),
    ...(partitionBy.length === 0 ? [] : [`PARTITION BY ${oneOrList(partitionBy.map(each => layout.expression(each, layout)))}`]),
    ...(orderBy.length === 0 ? [] : [`ORDER BY ${oneOrList(orderBy.map(each => printOrderItem(each, layout)))}`]),
  ];
  return parts.join(' ');
}

function printArgumentTable(table: TableArgument['table'], layout: Layout): string {
  if (table.kind === 'object-name') return `TABLE ${printObjectName(table)}`;
  const isBare = table.with.length === 0 && table.orderBy.length === 0 && table.limit === undefined && table.offset === undefined;
  if (table.body.kind !== 'values' || !isBare) return printBracketedQuery(table, layout);
  return `VALUES ${table.body.rows.map(row => `(${printAll(row, layout)})`).join(', ')}`;
}

function oneOrList(items: readonly string[]): string {
  return items.length === 1 && !items[0]!.startsWith('(') ? items[0]! : `(${items.join(', ')})`;
}
