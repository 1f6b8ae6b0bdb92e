import { decorrelate } from '../decorrelate/decorrelate.js';
import { filterOuterRows } from '../decorrelate/filter-outer-rows.js';
import type { LogicalNode, PlanRoot } from '../logical/node.js';
import { inputsOf, withInputs } from '../logical/node.js';
import { extractModelCalls } from './extract-model-calls.js';
import { foldConstants } from './fold-constants.js';
import { limitRowNumber } from './limit-row-number.js';
import { mergeProjects } from './merge-projects.js';
import { pushDownFilter } from './push-down-filter.js';
import { pushDownLimit } from './push-down-limit.js';
import { removeEmptyInputs } from './remove-empty-inputs.js';
import { removeUnusedColumns } from './remove-unused-columns.js';
import type { Rule } from './rule.js';
import { shareCommonParts } from './share-common-parts.js';

/**
 * What happens to a plan, in this order. Columns that nobody uses go first, since their model calls need not be made, and
 * so do calls behind a condition that is never true. Constants meet again when projections are merged.
 */
export const RULES: readonly Rule[] = [
  foldConstants,
  removeEmptyInputs,
  mergeProjects,
  removeUnusedColumns,
  extractModelCalls,
  pushDownFilter,
  limitRowNumber,
  pushDownLimit,
  mergeProjects,
  foldConstants,
  removeEmptyInputs,
  removeUnusedColumns,
  mergeProjects,
];

/** Names of the rules that plans can do without: with and without one, the rows are the same. */
export const OPTIONAL_RULES: readonly string[] = [
  ...new Set(RULES.filter(rule => rule !== extractModelCalls).map(rule => rule.name)),
  'share-common-parts',
];

export interface OptimizeOptions {
  /** Some of `OPTIONAL_RULES`. */
  readonly without?: ReadonlySet<string> | undefined;
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
