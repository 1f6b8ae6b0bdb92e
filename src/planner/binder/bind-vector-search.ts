import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { DOUBLE, arrayOf, formatType, isEmbeddingType, withNullable, type DataType } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { BoundExpression } from '../logical/expression.js';
import { SINGLE_ROW, type LogicalNode, type VectorSearch } from '../logical/node.js';
import { keepColumns, project, uniqueName } from '../logical/project.js';
import { bindLiteralMap } from './bind-call-config.js';
import { bindDescriptor, bindTableArgument, requireArguments } from './bind-table-argument.js';
import type { QueryScope } from './binding.js';
import { coerce } from './coerce.js';
import { matchParameters } from './match-parameters.js';
import { EMPTY_SCOPE } from './scope.js';

const PARAMETERS = ['SEARCH_TABLE', 'COLUMN_TO_SEARCH', 'COLUMN_TO_QUERY', 'TOP_K', 'CONFIG'] as const;

/**
 * `VECTOR_SEARCH(TABLE items, DESCRIPTOR(embedding), vector, 5[, MAP[…]])`, by position or by name: the rows of items whose
 * vectors are nearest, with their score behind them. The column can be a string, `'embedding'`.
 */
export function bindVectorSearch(node: FunctionCall, scope: QueryScope): LogicalNode {
  const given = matchParameters(node, PARAMETERS);
  requireArguments(given, ['SEARCH_TABLE', 'COLUMN_TO_SEARCH', 'COLUMN_TO_QUERY', 'TOP_K'], {
    node,
    example: 'VECTOR_SEARCH(TABLE items, DESCRIPTOR(embedding), vector, 5)',
  });
  const right = bindTableArgument(given.SEARCH_TABLE, node, scope);
  requireSearchable(right, given.SEARCH_TABLE!.span);
  const vectors = bindVectors(given.COLUMN_TO_SEARCH!, node, right);
  const query = bindQueryVector(given.COLUMN_TO_QUERY!, right.fields[vectors]!.type, scope);
  const left = project(SINGLE_ROW, [query], ['$query']);
  const score = { name: uniqueName('score', new Set(right.fields.map(field => field.name))), type: withNullable(DOUBLE, false) };
  const search: VectorSearch = {
    kind: 'VectorSearch',
    left,
    right,
    query: 0,
    vectors,
    topK: bindTopK(given.TOP_K!),
    ...bindLiteralMap(given.CONFIG, 'VECTOR_SEARCH'),
    outer: false,
    span: node.span,
    fields: [...left.fields, ...right.fields, score],
  };
  return keepColumns(
    search,
    search.fields.slice(1).map((_, i) => i + 1),
  );
}

/** What is searched is held ready for all searches: a table with all its rows, of which a projection takes columns. */
function requireSearchable(node: LogicalNode, span: Span): void {
  if (node.kind === 'Scan') return;
  if (node.kind === 'Project') {
    requireSearchable(node.input, span);
    return;
  }
  const found: Partial<Record<LogicalNode['kind'], string>> = {
    Filter: 'a filter',
    WatermarkAssigner: 'a watermark',
    TemporalJoin: 'FOR SYSTEM_TIME AS OF',
    LookupJoin: 'FOR SYSTEM_TIME AS OF',
    Values: 'VALUES',
    Aggregate: 'a grouping',
  };
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `VECTOR_SEARCH takes a table or a projection of one, without ${found[node.kind] ?? 'anything between'}`,
    span,
    notes: [{ message: 'write TABLE items, or (SELECT id, embedding FROM items), and filter what is found' }],
  });
}

/** The column with the vectors, by a DESCRIPTOR or by its name as a string. */
function bindVectors(argument: Expression, node: FunctionCall, items: LogicalNode): number {
  const named: Expression =
    argument.kind === 'string'
      ? { kind: 'descriptor', columns: [{ kind: 'identifier', name: argument.value, span: argument.span }], span: argument.span }
      : argument;
  const [column, ...more] = bindDescriptor(named, node, items);
  if (more.length > 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `VECTOR_SEARCH looks into one column, not ${more.length + 1}`,
      span: more[0]!.span,
    });
  }
  const { name, type } = items.fields[column!.index]!;
  if (isEmbeddingType(type)) return column!.index;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `VECTOR_SEARCH looks into a column of type ARRAY<FLOAT> or ARRAY<DOUBLE>, and "${name}" is ${formatType(type, 'ignore')}`,
    span: column!.span,
  });
}

function bindQueryVector(argument: Expression, type: DataType, query: QueryScope): BoundExpression {
  const { binding } = query;
  const bound = binding.bindExpression(argument, { binding, scope: EMPTY_SCOPE, query });
  const wanted = type.kind === 'ARRAY' ? arrayOf(withNullable(type.element, true)) : type;
  try {
    return coerce(bound, wanted, 'the vector to look for');
  } catch (thrown) {
    throw MillraceError.is(thrown) ? thrown.at(argument.span) : thrown;
  }
}

function bindTopK(argument: Expression): number {
  const count = argument.kind === 'number' && /^\d+$/.test(argument.text) ? Number(argument.text) : 0;
  if (count > 0 && count <= 2 ** 31 - 1) return count;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'argument TOP_K of VECTOR_SEARCH is a whole number of at least 1, as a literal',
    span: argument.span,
    notes: [{ message: 'write TOP_K => 5' }],
  });
}
