import type { ViewObject } from '../../catalog/objects.js';
import { MillraceError, MillraceErrors } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { mapExpression, type BoundExpression } from '../logical/expression.js';
import { mapExpressions } from '../logical/node-expressions.js';
import { mapPlan, type LogicalNode } from '../logical/node.js';
import type { Binding } from './binding.js';
import { Diagnostics } from './diagnostics.js';
import { toPlanningError } from './plan-limits.js';

/**
 * The query of a view, read at `span`.
 *
 * The places in it are those of another text, the one that created the view: whatever is to be said about them is said at
 * `span`.
 *
 * @throws {MillraceError} the first problem of the query.
 */
export function bindView(view: ViewObject, span: Span, binding: Binding): LogicalNode {
  const diagnostics = new Diagnostics();
  try {
    const inner = { ...binding, catalog: binding.catalog.within(view.namespace), diagnostics };
    const plan = inner.bindQuery(view.query, { binding: inner, commonTables: new Map() });
    diagnostics.check();
    return withCallsAt(plan, span);
  } catch (thrown) {
    const { code, message, notes, cause } = thrown instanceof MillraceErrors ? thrown.errors[0]! : toPlanningError(thrown);
    const hints = notes.map(note => ({ message: note.message }));
    throw new MillraceError({ code, message, span, cause, notes: [{ message: `in the query of view "${view.name.object}"` }, ...hints] });
  }
}

/** Places in the view's own text would point nowhere in the text that reads it. */
function withCallsAt(plan: LogicalNode, span: Span): LogicalNode {
  const configSpans = new Map<never, never>();
  const move = (expression: BoundExpression): BoundExpression =>
    mapExpression(expression, each => (each.kind === 'model-call' ? { ...each, call: { ...each.call, span, configSpans } } : each));
  return mapPlan(plan, node => {
    if (node.kind === 'Predict') return { ...node, call: { ...node.call, span, configSpans } };
    if (node.kind === 'Aggregate' && node.wholeInput) return { ...node, wholeInput: { ...node.wholeInput, span } };
    if (node.kind === 'VectorSearch') return { ...node, span, configSpans };
    if (node.kind === 'LookupJoin') return { ...node, span };
    return mapExpressions(node, move);
  });
}
