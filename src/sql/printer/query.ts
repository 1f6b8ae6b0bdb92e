import type { CommonTable, GroupItem, Query, QueryBody, Select, SelectItem, SetOperation, Values } from '../ast/query.js';
import { printWindowSpec } from './call.js';
import { printHints } from './hint.js';
import { indented, newLine, printBracketedQuery, printList, type Layout } from './layout.js';
import { printColumnList, printIdentifier } from './name.js';
import { printAll } from './operand.js';
import { printOrderBy } from './order.js';
import { printTable } from './table.js';

/** The query, its clauses on lines of their own. */
export function printQueryNode(query: Query, layout: Layout): string {
  return [...(query.with.length === 0 ? [] : [printWith(query.with, layout)]), printWithoutWith(query, layout)].join(newLine(layout));
}

/** `WITH a AS (…), b AS (…)`. */
export function printWith(tables: readonly CommonTable[], layout: Layout): string {
  return `WITH ${tables.map(table => printCommonTable(table, layout)).join(`,${newLine(layout)}`)}`;
}

function printCommonTable({ name, columns, query }: CommonTable, layout: Layout): string {
  return `${printIdentifier(name)}${columns.length === 0 ? '' : ` ${printColumnList(columns)}`} AS ${printBracketedQuery(query, layout)}`;
}

/** The query without its WITH clause. */
export function printWithoutWith({ body, orderBy, limit, offset }: Query, layout: Layout): string {
  const lines = [
    printBody(body, layout),
    ...(orderBy.length === 0 ? [] : [printOrderBy(orderBy, layout)]),
    ...(limit === undefined ? [] : [`LIMIT ${limit === 'ALL' ? 'ALL' : layout.expression(limit, layout)}`]),
    ...(offset === undefined ? [] : [`OFFSET ${layout.expression(offset, layout)}`]),
  ];
  return lines.join(newLine(layout));
}

function printBody(body: QueryBody, layout: Layout): string {
  switch (body.kind) {
    case 'select':
      return printSelect(body, layout);
    case 'values':
      return printValues(body, layout);
    case 'set-operation':
      return printSetOperation(body, layout);
    case 'query':
      return printBracketedQuery(body, layout);
  }
}

const SET_PRECEDENCE = { UNION: 1, EXCEPT: 1, INTERSECT: 2 } as const;

function printSetOperation({ operator, all, left, right }: SetOperation, layout: Layout): string {
  const precedence = SET_PRECEDENCE[operator];
  const lines = [printOperand(left, precedence, layout), `${operator}${all ? ' ALL' : ''}`, printOperand(right, precedence + 1, layout)];
  return lines.join(newLine(layout));
}

function printOperand(body: QueryBody, loosest: number, layout: Layout): string {
  if (body.kind !== 'set-operation' || SET_PRECEDENCE[body.operator] >= loosest) return printBody(body, layout);
  const inner = indented(layout);
  return `(${newLine(inner)}${printBody(body, inner)}${newLine(layout)})`;
}

function printValues({ rows }: Values, layout: Layout): string {
  const inner = indented(layout);
  return printList(
    'VALUES',
    rows.map(row => `(${printAll(row, inner)})`),
    layout,
  );
}

function printSelect(select: Select, layout: Layout): string {
  const inner = indented(layout);
  const head = ['SELECT', ...printHints(select.hints), ...(select.distinct ? ['DISTINCT'] : [])].join(' ');
  const lines = [
    printList(
      head,
      select.items.map(item => printItem(item, select.items.length === 1 ? layout : inner)),
      layout,
    ),
    ...(select.from === undefined ? [] : [`FROM ${printTable(select.from, layout)}`]),
    ...(select.where === undefined ? [] : [`WHERE ${layout.expression(select.where, layout)}`]),
    ...(select.groupBy.length === 0
      ? []
      : [
          printList(
            'GROUP BY',
            select.groupBy.map(item => printGroupItem(item, inner)),
            layout,
          ),
        ]),
    ...(select.having === undefined ? [] : [`HAVING ${layout.expression(select.having, layout)}`]),
    ...(select.windows.length === 0
      ? []
      : [
          printList(
            'WINDOW',
            select.windows.map(({ name, spec }) => `${printIdentifier(name)} AS ${printWindowSpec(spec, inner)}`),
            layout,
          ),
        ]),
  ];
  return lines.join(newLine(layout));
}

function printItem({ expression, alias }: SelectItem, layout: Layout): string {
  const text = layout.expression(expression, layout);
  return alias === undefined ? text : `${text} AS ${printIdentifier(alias)}`;
}

function printGroupItem(item: GroupItem, layout: Layout): string {
  if (item.kind === 'group-expression') return layout.expression(item.expression, layout);
  return `${item.of} (${item.sets.map(set => `(${printAll(set, layout)})`).join(', ')})`;
}
