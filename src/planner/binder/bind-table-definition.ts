import type { TableColumn, TableObject, ViewObject } from '../../catalog/objects.js';
import { resolveType } from '../../catalog/resolve-type.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { notRun } from '../../common/not-run.js';
import type { Span } from '../../common/span.js';
import { formatType, withNullable } from '../../spec/data-type.js';
import type { ColumnDefinition, CreateTable, CreateView } from '../../sql/ast/ddl.js';
import type { Identifier, OptionPair } from '../../sql/ast/identifier.js';
import { hasModelCall, type BoundExpression } from '../logical/expression.js';
import { bindWhole } from './bind-insert.js';
import type { Binding } from './binding.js';
import { renameColumns } from './rename-columns.js';
import { scopeOf } from './scope.js';
import { canHaveWatermark } from './time-attribute.js';

/**
 * The table that a CREATE TABLE defines, whose LIKE and AS are part of its columns already. Types, computed columns, watermark and keys are checked; options are not.
 *
 * @throws {MillraceErrors} with every problem of the definition.
 */
export function bindTableDefinition(node: CreateTable, binding: Binding): TableObject {
  const { diagnostics } = binding;
  refuseUnsupported(node);
  checkNames(
    node.columns.map(column => column.name),
    'column',
    binding,
  );
  const declared = node.columns.flatMap(column =>
    column.kind === 'computed-column'
      ? []
      : [{ name: column.name.name, type: diagnostics.attempt(column.type.span, () => resolveType(column.type)) }],
  );
  diagnostics.check();
  const fields = declared.map(({ name, type }) => ({ name, type: type! }));
  const columns = node.columns.map(column => bindColumn(column, fields, binding));
  diagnostics.check();
  const primaryKey = bindPrimaryKey(node, columns as TableColumn[], binding);
  checkWatermark(node, columns as TableColumn[], binding);
  checkReferences(node.partitionedBy, columns as TableColumn[], binding);
  diagnostics.check();
  return {
    kind: 'table',
    name: binding.catalog.qualify(node.name),
    temporary: node.temporary,
    // A primary key makes its columns NOT NULL, as in Flink.
    columns: (columns as TableColumn[]).map(column =>
      primaryKey.includes(column.name) ? { ...column, type: withNullable(column.type, false) } : column,
    ),
    watermark: node.watermark,
    primaryKey,
    constraint: node.primaryKey?.name?.name,
    partitionKeys: node.partitionedBy.map(key => key.name),
    options: bindOptionPairs(node.options),
    comment: node.comment,
    definitions: node.columns,
    namespace: binding.catalog.current,
  };
}

function refuseUnsupported(node: CreateTable): void {
  if (node.distribution) throw notRun('DISTRIBUTED BY', node.distribution.span);
  if (node.columns.length === 0)
    throw new MillraceError({ code: 'INVALID_DEFINITION', message: 'a table needs at least one column', span: node.span });
}

/** The pairs as a map. @throws {MillraceError} `DUPLICATE_NAME` at the second of two equal keys. */
export function bindOptionPairs(pairs: readonly OptionPair[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const { key, keySpan, value } of pairs) {
    if (options.has(key)) throw new MillraceError({ code: 'DUPLICATE_NAME', message: `option "${key}" is given twice`, span: keySpan });
    options.set(key, value);
  }
  return options;
}

/** Reports names that stand twice in a list. */
export function checkNames(names: readonly Identifier[], noun: string, { diagnostics }: Binding): void {
  const seen = new Set<string>();
  for (const { name, span } of names) {
    if (seen.has(name))
      diagnostics.add(new MillraceError({ code: 'DUPLICATE_NAME', message: `${noun} "${name}" is declared twice`, span }));
    seen.add(name);
  }
}

function bindColumn(
  node: ColumnDefinition,
  fields: readonly { name: string; type: TableColumn['type'] }[],
  binding: Binding,
): TableColumn | undefined {
  const { comment } = node;
  const name = node.name.name;
  if (node.kind !== 'computed-column') {
    const { type } = fields.find(field => field.name === name)!;
    return node.kind === 'physical-column'
      ? { kind: 'physical', name, type, comment }
      : { kind: 'metadata', name, type, key: node.from?.key ?? name, virtual: node.virtual, comment };
  }
  const bound = binding.diagnostics.attempt(node.span, () =>
    binding.bindExpression(node.expression, { binding, scope: scopeOf(fields, undefined) }),
  );
  if (bound) refuseModelCall(bound, node.expression.span, binding);
  return bound && { kind: 'computed', name, type: bound.type, expression: node.expression, comment };
}

/** What is computed while a table is read must be known at once. */
function refuseModelCall(expression: BoundExpression, span: Span, { diagnostics }: Binding): void {
  if (!hasModelCall(expression)) return;
  const notes = [{ message: 'call it in a view over the table: CREATE VIEW v AS SELECT *, ML_PREDICT(…) FROM t' }];
  diagnostics.add(new MillraceError({ code: 'UNSUPPORTED', message: 'a table definition calls no models', span, notes }));
}

function bindPrimaryKey(node: CreateTable, columns: readonly TableColumn[], binding: Binding): string[] {
  const onColumns = node.columns.flatMap(column => (column.kind === 'physical-column' && column.primaryKey ? [column] : []));
  const spans: Span[] = [...onColumns.map(column => column.primaryKey!), ...(node.primaryKey ? [node.primaryKey.span] : [])];
  if (spans.length > 1)
    binding.diagnostics.add(
      new MillraceError({
        code: 'INVALID_DEFINITION',
        message: 'a table has one primary key',
        span: spans[1]!,
        notes: [{ message: 'write PRIMARY KEY (a, b) NOT ENFORCED for a key of several columns' }],
      }),
    );
  const names = node.primaryKey?.columns ?? onColumns.map(column => column.name);
  checkReferences(names, columns, binding);
  for (const key of names) {
    const column = columns.find(each => each.name === key.name);
    if (column && column.kind !== 'physical')
      binding.diagnostics.add(
        new MillraceError({
          code: 'INVALID_DEFINITION',
          message: `"${key.name}" is no physical column, so it cannot be part of the primary key`,
          span: key.span,
        }),
      );
  }
  return names.map(name => name.name);
}

function checkReferences(names: readonly Identifier[], columns: readonly TableColumn[], { diagnostics }: Binding): void {
  for (const { name, span } of names) {
    if (columns.some(column => column.name === name)) continue;
    const suggestion = nearest(
      name,
      columns.map(column => column.name),
    );
    diagnostics.add(
      new MillraceError({
        code: 'UNKNOWN_COLUMN',
        message: `the table has no column "${name}"`,
        span,
        notes: suggestion ? [{ message: `did you mean "${suggestion}"?` }] : [],
      }),
    );
  }
}

function checkWatermark(node: CreateTable, columns: readonly TableColumn[], binding: Binding): void {
  const { watermark } = node;
  if (!watermark) return;
  if (watermark.column.length > 1) {
    binding.diagnostics.add(
      new MillraceError({
        code: 'UNSUPPORTED',
        message: 'the embedded engine takes a watermark on a column, not on a field of a ROW',
        span: watermark.span,
        notes: [{ message: 'add a computed column for the field' }],
      }),
    );
    return;
  }
  checkReferences(watermark.column, columns, binding);
  const column = columns.find(each => each.name === watermark.column[0]!.name);
  if (!column) return;
  if (!canHaveWatermark(column.type)) {
    binding.diagnostics.add(
      new MillraceError({
        code: 'INVALID_DEFINITION',
        message: `a watermark needs a column of TIMESTAMP(3) or TIMESTAMP_LTZ(3), "${column.name}" is ${formatType(column.type, 'ignore')}`,
        span: watermark.column[0]!.span,
      }),
    );
    return;
  }
  const expression = binding.diagnostics.attempt<BoundExpression>(watermark.expression.span, () =>
    binding.bindExpression(watermark.expression, { binding, scope: scopeOf(columns, undefined) }),
  );
  if (expression) refuseModelCall(expression, watermark.expression.span, binding);
  if (expression && expression.type.kind !== column.type.kind) {
    binding.diagnostics.add(
      new MillraceError({
        code: 'TYPE_MISMATCH',
        message: `the watermark of "${column.name}" is ${formatType(expression.type, 'ignore')}, not ${column.type.kind}`,
        span: watermark.expression.span,
      }),
    );
  }
}

/** The view that a CREATE VIEW defines; its query is bound now, so that its problems show here. */
export function bindViewDefinition(node: CreateView, binding: Binding): ViewObject {
  checkNames(node.columns, 'column', binding);
  const plan = renameColumns(bindWhole(node.query, binding), node.columns);
  binding.diagnostics.check();
  return {
    kind: 'view',
    name: binding.catalog.qualify(node.name),
    temporary: node.temporary,
    columns: plan.fields.map(({ name, type }) => ({ name, type })),
    query: node.query,
    comment: node.comment,
    namespace: binding.catalog.current,
  };
}
