import { MillraceError } from '../../common/error.js';
import { sameType } from '../../spec/data-type.js';
import type { CommonTable, Query, QueryBody, SetOperation, Values as ValuesNode } from '../../sql/ast/query.js';
import { hasModelCall, hasSubquery, type BoundExpression } from '../logical/expression.js';
import { SINGLE_ROW, type LogicalNode, type PlanField } from '../logical/node.js';
import { distinctRows, project } from '../logical/project.js';
import { bindExpression } from './bind-expression.js';
import { orderOutput, type Ordering } from './bind-order.js';
import { bindSelect } from './bind-select.js';
import type { QueryScope } from './binding.js';
import { commonType } from './build-expression.js';
import { castTo } from './coerce.js';
import { counted } from './counted.js';
import { EMPTY_SCOPE } from './scope.js';

/** The logical plan of a query. @throws {MillraceError} at the first problem that hides all others. */
export function bindQuery(query: Query, outer: QueryScope): LogicalNode {
  const scope = query.with.reduce(withCommonTable, outer);
  const limit = scope.binding.diagnostics.attempt(query.span, () => bindLimit(query)) ?? NO_LIMIT;
  if (query.orderBy.length > 0) return bindOrdered(query.body, { items: query.orderBy, ...limit }, scope);
  const body = bindBody(query.body, scope);
  return limit.count === Infinity && limit.offset === 0 ? body : { kind: 'Limit', input: body, ...limit, fields: body.fields };
}

function bindOrdered(body: QueryBody, ordering: Ordering, scope: QueryScope): LogicalNode {
  if (body.kind === 'select') return bindSelect(body, scope, ordering);
  return orderOutput(bindBody(body, scope), ordering, { binding: scope.binding, query: scope });
}

function withCommonTable(scope: QueryScope, table: CommonTable): QueryScope {
  return { ...scope, commonTables: new Map([...scope.commonTables, [table.name.name, { table, scope }]]) };
}

const NO_LIMIT = { count: Infinity, offset: 0 };

function bindLimit(query: Query): { readonly count: number; readonly offset: number } {
  const number = (expression: Query['offset'], clause: string): number => {
    if (expression?.kind === 'number' && /^\d+$/.test(expression.text)) return Number(expression.text);
    throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `${clause} takes a whole number`, span: (expression ?? query).span });
  };
  return {
    count: query.limit === undefined || query.limit === 'ALL' ? Infinity : number(query.limit, 'LIMIT'),
    offset: query.offset ? number(query.offset, 'OFFSET') : 0,
  };
}

function bindBody(body: QueryBody, scope: QueryScope): LogicalNode {
  switch (body.kind) {
    case 'select':
      return bindSelect(body, scope);
    case 'values':
      return bindValues(body, scope);
    case 'set-operation':
      return bindSetOperation(body, scope);
    case 'query':
      return bindQuery(body, scope);
  }
}

/** The rows of VALUES; columns are named `EXPR$0`, `EXPR$1` … as in Flink, and have the common type of their values. */
function bindValues(node: ValuesNode, query: QueryScope): LogicalNode {
  const context = { binding: query.binding, scope: EMPTY_SCOPE, query };
  const { diagnostics } = query.binding;
  const rows = node.rows.map(row => diagnostics.all(row, each => bindExpression(each, context)));
  const width = rows[0]!.length;
  const ragged = rows.findIndex(row => row.length !== width);
  if (ragged !== -1) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `row ${ragged + 1} of VALUES has ${counted(rows[ragged]!.length, 'value')}, row 1 has ${width}`,
      span: node.rows[ragged]?.[0]?.span ?? node.span,
    });
  }
  const types = Array.from({ length: width }, (_, c) =>
    commonType(
      rows.map(row => row[c]!.type),
      `the values of column ${c + 1}`,
    ),
  );
  const fields = types.map((type, c) => ({ name: `EXPR$${c}`, type: { ...type, nullable: rows.some(row => row[c]!.type.nullable) } }));
  const typed = rows.map(row => row.map((value, c) => castTo(value, types[c]!)));
  if (!typed.flat().some(each => hasModelCall(each) || hasSubquery(each))) return { kind: 'Values', rows: typed, fields };
  // Calls are made for rows, and so are subqueries: each row with its values becomes a projection of a row without any.
  const names = fields.map(field => field.name);
  const inputs = typed.map(row => ({ ...project(SINGLE_ROW, row, names), fields }));
  return inputs.length === 1 ? inputs[0]! : { kind: 'Union', inputs, fields };
}

function bindSetOperation(node: SetOperation, scope: QueryScope): LogicalNode {
  const operation = `${node.operator}${node.all ? ' ALL' : ''}`;
  const inputs = (node.operator === 'UNION' ? flattenUnion(node) : [node.left, node.right]).map(body => bindBody(body, scope));
  const width = inputs[0]!.fields.length;
  const other = inputs.find(input => input.fields.length !== width);
  if (other)
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `the queries of ${operation} have ${width} and ${other.fields.length} columns`,
      span: node.span,
    });
  const types = inputs[0]!.fields.map((field, c) =>
    commonType(
      inputs.map(input => input.fields[c]!.type),
      `the values of column ${c + 1} ("${field.name}") of ${operation}`,
    ),
  );
  const fields = inputs[0]!.fields.map((field, c) => ({
    name: field.name,
    type: { ...types[c]!, nullable: inputs.some(input => input.fields[c]!.type.nullable) },
    timeAttribute: inputs.every(input => input.fields[c]!.timeAttribute === field.timeAttribute) ? field.timeAttribute : undefined,
  }));
  const cast = inputs.map(input => castFields(input, fields));
  if (node.operator === 'UNION') {
    const union: LogicalNode = { kind: 'Union', inputs: cast, fields };
    return node.all ? union : distinctRows(union);
  }
  const plain = fields.map(({ name, type }) => ({ name, type }));
  return { kind: 'SetOperation', operator: node.operator, all: node.all, left: cast[0]!, right: cast[1]!, span: node.span, fields: plain };
}

/** The queries of `a UNION ALL b UNION ALL c`; anything in parentheses, and any other operation, stays a query of its own. */
function flattenUnion({ left, right, all }: SetOperation): QueryBody[] {
  return [left, right].flatMap(side =>
    side.kind === 'set-operation' && side.operator === 'UNION' && (side.all || !all) ? flattenUnion(side) : [side],
  );
}

function castFields(input: LogicalNode, fields: readonly PlanField[]): LogicalNode {
  const expressions = input.fields.map((field, index): BoundExpression => {
    const column: BoundExpression = { kind: 'column', index, name: field.name, type: field.type };
    return sameType(field.type, fields[index]!.type) ? column : castTo(column, fields[index]!.type);
  });
  return expressions.every(each => each.kind === 'column')
    ? input
    : project(
        input,
        expressions,
        fields.map(field => field.name),
      );
}
