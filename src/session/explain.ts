import { advise } from '../planner/physical/advise.js';
import { execNodes, type SourceExec } from '../planner/physical/exec-node.js';
import { estimateRows, type RowBounds } from '../planner/physical/estimate-rows.js';
import { explainJson } from '../planner/physical/explain-json.js';
import { explainPhysical } from '../planner/physical/explain-physical.js';
import { explainLogical } from '../planner/logical/explain-logical.js';
import type { Explain } from '../sql/ast/statement.js';
import { estimateCost, type EstimateInit } from './estimate-cost.js';
import type { JobPlan } from './plan-statement.js';
import type { TableFactory } from './table-factory.js';

/** The plan of a statement as text: what is computed, what runs, and what the details of EXPLAIN ask for besides. */
export async function explainWithDetails(plan: JobPlan, details: Explain['details'], context: ExplainContext): Promise<string> {
  const boundsOf = details.includes('ESTIMATED_COST') ? await sourceBounds(plan, context.tables) : undefined;
  const parts = [explainPlan(plan, { changelogMode: details.includes('CHANGELOG_MODE'), boundsOf })];
  if (details.includes('JSON_EXECUTION_PLAN')) parts.push(`== Physical Execution Plan ==\n${explainJson(plan.physical)}`);
  if (details.includes('PLAN_ADVICE')) parts.push(`== Advice ==\n${formatAdvice(advise(plan.physical))}`);
  const cost = boundsOf && (await estimateCost(plan.physical, { ...context, bounds: estimateRows(plan.physical, boundsOf) }));
  if (cost) parts.push(`== Estimated Cost ==\n${cost}`);
  return parts.join('\n\n');
}

export type ExplainContext = Omit<EstimateInit, 'bounds'> & { readonly tables: TableFactory };

/** The plan of a statement as text: what is computed, and what runs. */
export function explainPlan(plan: JobPlan, options: Parameters<typeof explainPhysical>[1] = {}): string {
  return `== Logical Plan ==\n${plan.logical.map(explainLogical).join('\n')}\n\n== Physical Plan ==\n${explainPhysical(plan.physical, options)}`;
}

async function sourceBounds({ physical }: JobPlan, tables: TableFactory): Promise<(source: SourceExec) => RowBounds> {
  const bounds = new Map<SourceExec, RowBounds>();
  for (const node of execNodes(physical)) {
    if (node.kind === 'SourceExec') bounds.set(node, await tables.boundsOf(node.table, node.hints));
  }
  return source => bounds.get(source)!;
}

function formatAdvice(advice: readonly string[]): string {
  return advice.length === 0 ? 'no advice' : advice.map((each, i) => `advice[${i + 1}]: ${each}`).join('\n');
}
