import { bindExpression } from './bind-expression.js';
import { bindQuery } from './bind-query.js';
import type { Binding } from './binding.js';
import { PlanLimits } from './plan-limits.js';

/** A binding for one statement. */
export function createBinding(parts: Pick<Binding, 'catalog' | 'functions' | 'diagnostics'>): Binding {
  const limits = new PlanLimits();
  let correlations = 0;
  return {
    ...parts,
    bindExpression,
    bindQuery: (query, scope) => limits.query(query, () => bindQuery(query, scope)),
    newCorrelation: () => ++correlations,
  };
}
