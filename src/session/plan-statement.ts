import { createHash } from 'node:crypto';
import type { Catalog } from '../catalog/catalog.js';
import type { TableObject } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import { bindInsert, bindSelectStatement } from '../planner/binder/bind-insert.js';
import { createBinding } from '../planner/binder/create-binding.js';
import { Diagnostics } from '../planner/binder/diagnostics.js';
import type { ScalarFunction } from '../planner/functions/function.js';
import { digestPlan } from '../planner/logical/digest.js';
import type { PlanRoot } from '../planner/logical/node.js';
import type { SinkExec } from '../planner/physical/exec-node.js';
import { lower, type RuntimeMode } from '../planner/physical/lower.js';
import { optimize } from '../planner/rules/index.js';
import type { Insert, QueryStatement, StatementSet } from '../sql/ast/statement.js';

export { OPTIONAL_RULES } from '../planner/rules/index.js';

/** A statement that runs as a job. */
export type JobSource = QueryStatement | Insert | StatementSet;

export interface JobPlan {
  readonly logical: readonly PlanRoot[];
  readonly physical: readonly SinkExec[];
  /** Equal for equal plans: state of one belongs to the other. */
  readonly fingerprint: string;
}

/** What holds for one plan. */
export interface PlanOptions {
  /** Most rows of a SELECT; absent for all. */
  readonly limit?: number | undefined;
  /** The table that an INSERT fills, where the catalog has it not yet. */
  readonly target?: TableObject | undefined;
}

export interface PlanningContext extends PlanOptions {
  readonly catalog: Catalog;
  readonly functions: ReadonlyMap<string, ScalarFunction>;
  readonly mode: RuntimeMode;
  /** Names of rewrite rules to leave out. */
  readonly withoutRules?: ReadonlySet<string> | undefined;
}

/** Binds, optimizes and lowers. @throws {MillraceError | MillraceErrors} */
export function planStatement(statement: JobSource, context: PlanningContext): JobPlan {
  const logical = bindRoots(statement, context);
  const optimized = optimize(logical, { without: context.withoutRules });
  const physical = lower(optimized, context.mode);
  return {
    logical: optimized,
    physical,
    fingerprint: createHash('sha256').update(context.mode).update(digestPlan(optimized)).digest('hex'),
  };
}

function bindRoots(statement: JobSource, context: PlanningContext): PlanRoot[] {
  const { catalog, functions, limit } = context;
  const diagnostics = new Diagnostics();
  const binding = createBinding({ catalog, functions, diagnostics });
  switch (statement.kind) {
    case 'query-statement': {
      const root = bindSelectStatement(statement.query, binding);
      return [limit === undefined ? root : limited(root, limit, context.mode)];
    }
    case 'insert':
      return [bindInsert(statement, binding, context.target)];
    case 'statement-set': {
      const roots = statement.statements.map(insert =>
        diagnostics.attempt(insert.span, () => bindInsert(insert, createBinding({ catalog, functions, diagnostics: new Diagnostics() }))),
      );
      diagnostics.check();
      return roots as PlanRoot[];
    }
  }
}

/** @throws {MillraceError} `CHANGELOG_MODE` for a query that updates rows: its first rows are no result. */
function limited(root: PlanRoot, count: number, mode: RuntimeMode): PlanRoot {
  const [physical] = lower(optimize([root]), mode);
  if (physical!.changelogMode !== 'insert-only') {
    throw new MillraceError({
      code: 'CHANGELOG_MODE',
      message: 'the query updates its rows, so a limit (--limit) would cut its result in the middle of a change',
      notes: [{ message: 'run it without the limit' }],
    });
  }
  return { ...root, input: { kind: 'Limit', input: root.input, count, offset: 0, fields: root.fields } };
}
