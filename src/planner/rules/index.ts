import { decorrelate } from '../decorrelate/decorrelate.js';
import { filterOuterRows } from '../decorrelate/filter-outer-rows.js';
import type { LogicalNode, PlanRoot } from '../logical/node.js';
import { inputsOf, withInputs } from '../logical/node.js';
import { extractModelCalls } from './extract-model-calls.js';
import { mergeProjects } from './merge-projects.js';
import { pushDownFilter } from './push-down-filter.js';
import { removeUnusedColumns } from './remove-unused-columns.js';
import type { Rule } from './rule.js';
import { shareCommonParts } from './share-common-parts.js';

/** What happens to a plan, in this order. Columns that nobody uses go first, since their model calls need not be made. */
export const RULES: readonly Rule[] = [
  mergeProjects,
  removeUnusedColumns,
  extractModelCalls,
  pushDownFilter,
  mergeProjects,
  removeUnusedColumns,
  mergeProjects,
];

export interface OptimizeOptions {
  /** Names of rules to leave out; `extract-model-calls` is needed by every plan with a scalar call. */
  readonly without?: ReadonlySet<string>;
}

/** The plans of one job, rewritten by `RULES` after subqueries became joins and common parts were found. */
export function optimize(roots: readonly PlanRoot[], { without = new Set() }: OptimizeOptions = {}): PlanRoot[] {
  const rules = RULES.filter(rule => !without.has(rule.name));
  const rewrite = (plan: LogicalNode): LogicalNode => rules.reduce((current, rule) => rule.apply(current), plan);
  const parts = new Map<number, LogicalNode>();
  const rewriteParts = (node: LogicalNode): LogicalNode => {
    if (node.kind !== 'Shared') return withInputs(node, inputsOf(node).map(rewriteParts));
    const known = parts.get(node.id);
    if (known) return known;
    const part = { ...node, input: rewriteParts(rewrite(node.input)) };
    parts.set(node.id, part);
    return part;
  };
  const joined = roots.map(root => ({ ...root, input: decorrelate(filterOuterRows(root.input)) }));
  const shared = without.has('share-common-parts') ? joined : shareCommonParts(joined);
  return shared.map(root => ({ ...root, input: rewriteParts(rewrite(root.input)) }));
}
