import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Span } from '../../common/span.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { LogicalNode } from '../logical/node.js';
import { functionName } from './bind-model-name.js';
import { bindRelation } from './bind-relation.js';
import type { QueryScope } from './binding.js';

/** @throws {MillraceError} `INVALID_ARGUMENT` for the first of `names` that is not given. */
export function requireArguments<Name extends string>(
  given: Partial<Record<Name, Expression>>,
  names: readonly Name[],
  { node, example }: { readonly node: FunctionCall; readonly example: string },
): void {
  const missing = names.find(name => given[name] === undefined);
  if (missing === undefined) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${functionName(node)} lacks its argument ${missing}`,
    span: node.span,
    notes: [{ message: `write ${example}` }],
  });
}

/** @throws {MillraceError} for PARTITION BY or ORDER BY of a table whose rows are taken one by one. */
export function refusePartitions(argument: Expression | undefined): void {
  if (argument?.kind !== 'table-argument') return;
  const { partitionBy, orderBy } = argument;
  if (partitionBy.length + orderBy.length === 0) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `a model is called for each row by itself, without ${partitionBy.length > 0 ? 'PARTITION BY' : 'ORDER BY'}`,
    span: (partitionBy[0] ?? orderBy[0]!.expression).span,
    notes: [{ message: 'remove it' }],
  });
}

/** The rows of `TABLE t` or of a subquery as an argument. */
export function bindTableArgument(argument: Expression | undefined, node: FunctionCall, scope: QueryScope): LogicalNode {
  const table = argument?.kind === 'subquery' ? argument.query : argument?.kind === 'table-argument' ? argument.table : undefined;
  if (table?.kind === 'object-name') return bindRelation({ name: table, hints: [] }, scope);
  if (table?.kind === 'query') return scope.binding.bindQuery(table, scope);
  const hint = argument?.kind === 'column' ? `write TABLE ${argument.parts.map(part => part.name).join('.')}` : 'write TABLE t';
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${functionName(node)} needs a table`,
    span: (argument ?? node).span,
    notes: [{ message: hint }],
  });
}

/** A column that a DESCRIPTOR names: its field, and where the name stands. */
export interface DescribedColumn {
  readonly index: number;
  readonly span: Span;
}

/** The fields that a DESCRIPTOR names. */
export function bindDescriptor(argument: Expression | undefined, node: FunctionCall, input: LogicalNode): DescribedColumn[] {
  if (argument?.kind !== 'descriptor') {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${functionName(node)} needs a DESCRIPTOR with plain column names`,
      span: (argument ?? node).span,
      notes: [{ message: 'write DESCRIPTOR(a, b)' }],
    });
  }
  return argument.columns.map(({ name, span }) => {
    const index = input.fields.findIndex(field => field.name === name);
    if (index !== -1) return { index, span };
    const names = input.fields.map(field => field.name);
    const suggestion = nearest(name, names);
    throw new MillraceError({
      code: 'UNKNOWN_COLUMN',
      message: `the table has no column "${name}"`,
      span,
      notes: [{ message: suggestion ? `did you mean "${suggestion}"?` : `the columns are ${names.join(', ')}` }],
    });
  });
}
