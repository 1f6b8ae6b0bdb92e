import { MillraceError } from '../../common/error.js';
import { INT, formatType, withNullable, type DataType, type Field } from '../../spec/data-type.js';
import type { UnnestTable } from '../../sql/ast/query.js';
import type { BoundExpression } from '../logical/expression.js';
import { SINGLE_ROW, type LogicalNode } from '../logical/node.js';
import { uniqueName } from '../logical/project.js';
import type { QueryScope } from './binding.js';
import type { BoundTable } from './bound-table.js';
import { renameColumns } from './rename-columns.js';
import { EMPTY_SCOPE, scopeOf } from './scope.js';

/** `UNNEST(collection) [WITH ORDINALITY] [AS t (a, b)]`: a row for each element, for each row of what stands before it. */
export function bindUnnest({ operand, ordinality, alias }: UnnestTable, query: QueryScope): BoundTable {
  const collection = query.binding.bindExpression(operand, { binding: query.binding, scope: EMPTY_SCOPE, query });
  const elements = elementFields(collection.type);
  if (!elements) {
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `UNNEST takes an ARRAY, MAP or MULTISET, not ${formatType(collection.type, 'ignore')}`,
      span: operand.span,
    });
  }
  const node = renameColumns(unnest(collection, elements, ordinality), alias?.columns ?? []);
  return { node, scope: scopeOf(node.fields, alias?.name.name) };
}

/** The elements of a collection, which names no column of its own query, as rows. */
export function unnest(collection: BoundExpression, elements: readonly Field[], ordinality: boolean): LogicalNode {
  const taken = new Set(elements.map(field => field.name));
  const place = ordinality ? [{ name: uniqueName('ORDINALITY', taken), type: withNullable(INT, false) }] : [];
  return { kind: 'Unnest', input: SINGLE_ROW, collection, ordinality, outer: false, fields: [...elements, ...place] };
}

/** The columns that an element becomes, named as in Flink; `undefined` for what has no elements. */
export function elementFields(type: DataType): readonly Field[] | undefined {
  switch (type.kind) {
    case 'ARRAY':
    case 'MULTISET':
      if (type.element.kind !== 'ROW') return [{ name: 'f0', type: type.element }];
      return type.element.fields.map(field => ({ ...field, type: withNullable(field.type, field.type.nullable || type.element.nullable) }));
    case 'MAP':
      return [
        { name: 'f0', type: type.key },
        { name: 'f1', type: type.value },
      ];
    default:
      return undefined;
  }
}
