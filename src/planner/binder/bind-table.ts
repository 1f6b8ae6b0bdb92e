import { MillraceError } from '../../common/error.js';
import { notRun } from '../../common/not-run.js';
import type { FunctionTable, NamedTable, TableReference } from '../../sql/ast/query.js';
import type { LogicalNode } from '../logical/node.js';
import { bindLateralPredict, bindPredictTable, isLateralPredict } from './bind-predict-table.js';
import { bindJoin } from './bind-join.js';
import { functionName, isModelFunction } from './bind-model-name.js';
import { bindRelation } from './bind-relation.js';
import { bindEvaluate } from './bind-evaluate.js';
import { bindUnnest, unnest } from './bind-unnest.js';
import { bindTableFunction } from './bind-user-function.js';
import { bindVectorSearch } from './bind-vector-search.js';
import { bindWindowTable, isWindowFunction } from './bind-window-table.js';
import type { QueryScope } from './binding.js';
import type { BoundTable } from './bound-table.js';
import { renameColumns } from './rename-columns.js';
import { EMPTY_SCOPE, scopeOf } from './scope.js';

/** What a table reference reads. */
export function bindTable(reference: TableReference, scope: QueryScope): BoundTable {
  switch (reference.kind) {
    case 'named-table':
      return bindNamed(reference, scope);
    case 'subquery-table':
      return aliased(scope.binding.bindQuery(reference.query, scope), reference.alias, undefined);
    case 'function-table':
      return bindFunctionTable(reference, scope);
    case 'join':
      return bindJoin(reference, scope, bindTable);
    case 'unnest-table':
      return bindUnnest(reference, scope);
    case 'match-recognize':
      throw notRun('MATCH_RECOGNIZE', reference.span);
  }
}

type Alias = NamedTable['alias'];

function aliased(node: LogicalNode, alias: Alias, name: string | undefined): BoundTable {
  const renamed = renameColumns(node, alias?.columns ?? []);
  return { node: renamed, scope: scopeOf(renamed.fields, alias?.name.name ?? name) };
}

function bindNamed(reference: NamedTable, scope: QueryScope): BoundTable {
  const { name, alias } = reference;
  if (reference.asOf) throw notRun('FOR SYSTEM_TIME AS OF outside of a join', reference.span);
  return aliased(bindRelation(reference, scope), alias, name.parts.at(-1)!.name);
}

function bindFunctionTable(reference: FunctionTable, scope: QueryScope): BoundTable {
  const { call, alias } = reference;
  const name = functionName(call);
  if (isLateralPredict(call)) return aliased(bindLateralPredict(call, scope), alias, undefined);
  if (isModelFunction(name)) return aliased(bindPredictTable(call, scope), alias, undefined);
  if (name === 'VECTOR_SEARCH') return aliased(bindVectorSearch(call, scope), alias, undefined);
  if (name === 'ML_EVALUATE') return aliased(bindEvaluate(call, scope), alias, undefined);
  if (isWindowFunction(name)) return aliased(bindWindowTable(call, scope), alias, undefined);
  const found = bindTableFunction(call, { binding: scope.binding, scope: EMPTY_SCOPE, query: scope });
  if (found) return aliased(unnest(found.rows, found.columns, false), alias, undefined);
  throw new MillraceError({
    code: 'UNKNOWN_FUNCTION',
    message: `there is no table function "${call.name.parts.map(part => part.name).join('.')}"`,
    span: call.name.span,
    notes: [{ message: 'CREATE FUNCTION … LANGUAGE JAVASCRIPT makes one' }],
  });
}
