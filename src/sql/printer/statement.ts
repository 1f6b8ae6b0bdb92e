import type { Describe, Explain, Insert, JobStatement, SetOption, Show, Statement, StatementKind, StatementSet } from '../ast/statement.js';
import {
  printAlter,
  printCreateFunction,
  printCreateModel,
  printCreateNamespace,
  printCreateTable,
  printCreateView,
  printDrop,
  printOption,
} from './ddl.js';
import { printHints } from './hint.js';
import { indented, newLine, type Layout } from './layout.js';
import { printColumnList, printIdentifier, printObjectName, printString } from './name.js';
import { printWith, printWithoutWith } from './query.js';

type Printer<Kind extends StatementKind> = (statement: Extract<Statement, { kind: Kind }>, layout: Layout) => string;

const PRINTERS: { readonly [Kind in StatementKind]: Printer<Kind> } = {
  'create-table': printCreateTable,
  'create-view': printCreateView,
  'create-model': printCreateModel,
  'create-function': printCreateFunction,
  'create-namespace': printCreateNamespace,
  drop: printDrop,
  alter: printAlter,
  set: printSet,
  reset: ({ key }) => (key === undefined ? 'RESET' : `RESET ${printString(key)}`),
  use: ({ object, name }) => `USE ${object === 'CATALOG' ? 'CATALOG ' : ''}${printObjectName(name)}`,
  show: printShow,
  'show-create': ({ object, name }) => `SHOW CREATE ${object} ${printObjectName(name)}`,
  describe: printDescribe,
  insert: printInsert,
  'statement-set': printStatementSet,
  'query-statement': ({ query }, layout) => layout.query(query, layout),
  explain: printExplain,
  job: printJob,
  'flink-statement': ({ text }) => text,
};

/** The statement without a `;`. */
export function printStatementNode(statement: Statement, layout: Layout): string {
  return (PRINTERS[statement.kind] as Printer<StatementKind>)(statement, layout);
}

function printSet({ key, value }: SetOption): string {
  return key === undefined ? 'SET' : `SET ${printOption({ key, value: value ?? '' })}`;
}

function printShow({ subject, from, like }: Show): string {
  return [
    `SHOW ${subject}`,
    ...(from === undefined ? [] : [`${subject === 'PARTITIONS' ? '' : 'FROM '}${printObjectName(from)}`]),
    ...(like === undefined ? [] : [`${like.not ? 'NOT ' : ''}${like.operator} ${printString(like.pattern)}`]),
  ].join(' ');
}

function printDescribe({ object, extended, name }: Describe): string {
  return ['DESCRIBE', ...(object === 'TABLE' ? [] : [object]), ...(extended ? ['EXTENDED'] : []), printObjectName(name)].join(' ');
}

function printInsert({ overwrite, target, hints, partition, columns, query, onConflict, withFirst }: Insert, layout: Layout): string {
  const values = partition.map(({ column, value }) => `${printIdentifier(column)} = ${layout.expression(value, layout)}`);
  const head = [
    `INSERT ${overwrite ? 'OVERWRITE' : 'INTO'} ${printObjectName(target)}`,
    ...printHints(hints),
    ...(values.length === 0 ? [] : [`PARTITION (${values.join(', ')})`]),
    ...(columns.length === 0 ? [] : [printColumnList(columns)]),
  ].join(' ');
  const isWithFirst = withFirst && query.with.length > 0;
  const parts = isWithFirst ? [printWith(query.with, layout), head, printWithoutWith(query, layout)] : [head, layout.query(query, layout)];
  const conflict = onConflict === undefined ? [] : [`ON CONFLICT DO ${onConflict.action}`];
  return [...parts, ...conflict].join(newLine(layout));
}

function printStatementSet(set: StatementSet, layout: Layout): string {
  return `${set.syntax === 'EXECUTE' ? `EXECUTE ${printSetHead(layout)}` : 'BEGIN STATEMENT SET;'}${printInserts(set, layout)}`;
}

function printSetHead(layout: Layout): string {
  return `STATEMENT SET${newLine(layout)}BEGIN`;
}

function printInserts({ statements }: StatementSet, layout: Layout): string {
  const inner = indented(layout);
  return `${statements.map(statement => `${newLine(inner)}${printInsert(statement, inner)};`).join('')}${newLine(layout)}END`;
}

function printExplain({ details, statement }: Explain, layout: Layout): string {
  const head = details.length === 0 ? 'EXPLAIN' : `EXPLAIN ${details.join(', ')}`;
  if (statement.kind === 'statement-set') return `${head} ${printSetHead(layout)}${printInserts(statement, layout)}`;
  return `${head}${newLine(layout)}${printStatementNode(statement, layout)}`;
}

function printJob({ action, job, savepoint, drain }: JobStatement): string {
  if (action === 'show') return 'SHOW JOBS';
  const id = printString(job ?? '');
  if (action === 'describe') return `DESCRIBE JOB ${id}`;
  return `STOP JOB ${id}${savepoint ? ' WITH SAVEPOINT' : ''}${drain ? ' WITH DRAIN' : ''}`;
}
