import type {
  FunctionTable,
  Join,
  MatchRecognize,
  NamedTable,
  SubqueryTable,
  TableAlias,
  TableReference,
  UnnestTable,
} from '../ast/query.js';
import { printHints } from './hint.js';
import { indented, newLine, printBracketedQuery, type Layout } from './layout.js';
import { printColumnList, printIdentifier, printObjectName } from './name.js';

/** What stands after FROM; each join starts a line. */
export function printTable(table: TableReference, layout: Layout): string {
  switch (table.kind) {
    case 'named-table':
      return printNamedTable(table, layout);
    case 'subquery-table':
      return printSubqueryTable(table, layout, table.lateral);
    case 'function-table':
      return printFunctionTable(table, layout, table.lateral);
    case 'unnest-table':
      return printUnnest(table, layout);
    case 'join':
      return printJoin(table, layout);
    case 'match-recognize':
      return printMatch(table, layout);
  }
}

function withAlias(text: string, alias: TableAlias | undefined): string {
  if (alias === undefined) return text;
  return `${text} AS ${printIdentifier(alias.name)}${alias.columns.length === 0 ? '' : ` ${printColumnList(alias.columns)}`}`;
}

function printNamedTable({ name, hints, asOf, alias }: NamedTable, layout: Layout): string {
  const parts = [
    printObjectName(name),
    ...printHints(hints),
    ...(asOf === undefined ? [] : [`FOR SYSTEM_TIME AS OF ${layout.expression(asOf, layout)}`]),
  ];
  return withAlias(parts.join(' '), alias);
}

function printSubqueryTable({ query, alias }: SubqueryTable, layout: Layout, lateral: boolean): string {
  return withAlias(`${lateral ? 'LATERAL ' : ''}${printBracketedQuery(query, layout)}`, alias);
}

function printFunctionTable({ wrapped, call, alias }: FunctionTable, layout: Layout, lateral: boolean): string {
  const text = layout.expression(call, layout);
  return withAlias(`${lateral ? 'LATERAL ' : ''}${wrapped ? `TABLE(${text})` : text}`, alias);
}

function printUnnest({ operand, ordinality, alias }: UnnestTable, layout: Layout): string {
  return withAlias(`UNNEST(${layout.expression(operand, layout)})${ordinality ? ' WITH ORDINALITY' : ''}`, alias);
}

/** The clause keeps its own lines: it is not read here. */
function printMatch({ input, clause, alias }: MatchRecognize, layout: Layout): string {
  const inner = newLine(indented(layout));
  return withAlias(`${printTable(input, layout)} MATCH_RECOGNIZE (${inner}${clause}${newLine(layout)})`, alias);
}

function printJoin(join: Join, layout: Layout): string {
  const left = isLooser(join.left, join) ? bracketed(join.left, layout) : printTable(join.left, layout);
  const right = printRight(join, layout);
  if (join.join === 'COMMA') return `${left},${newLine(indented(layout))}${right}`;
  return `${left}${newLine(layout)}${printOperator(join)} ${right}${printCondition(join, layout)}`;
}

/** A comma binds less tightly than JOIN. */
function isLooser(table: TableReference, join: Join): boolean {
  return table.kind === 'join' && table.join === 'COMMA' && join.join !== 'COMMA';
}

function bracketed(table: TableReference, layout: Layout): string {
  const inner = indented(layout);
  return `(${newLine(inner)}${printTable(table, inner)}${newLine(layout)})`;
}

function printRight({ join, right }: Join, layout: Layout): string {
  const isApply = join === 'CROSS APPLY' || join === 'OUTER APPLY';
  if (isApply && right.kind === 'subquery-table') return printSubqueryTable(right, layout, false);
  if (isApply && right.kind === 'function-table') return printFunctionTable(right, layout, false);
  if (join === 'COMMA')
    return right.kind === 'join' && right.join === 'COMMA' ? bracketed(right, indented(layout)) : printTable(right, indented(layout));
  return right.kind === 'join' ? bracketed(right, layout) : printTable(right, layout);
}

function printOperator({ join, natural }: Join): string {
  if (join === 'CROSS APPLY' || join === 'OUTER APPLY') return join;
  return `${natural ? 'NATURAL ' : ''}${join === 'INNER' ? '' : `${join} `}JOIN`;
}

function printCondition({ on, using }: Join, layout: Layout): string {
  if (on !== undefined) return ` ON ${layout.expression(on, layout)}`;
  return using.length === 0 ? '' : ` USING ${printColumnList(using)}`;
}
