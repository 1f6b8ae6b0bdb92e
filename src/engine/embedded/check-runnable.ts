import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { ExecNode, LookupJoinExec, VectorSearchExec } from '../../planner/physical/exec-node.js';

/** What is planned and explained, and run elsewhere. */
export type ForeignExec = VectorSearchExec | LookupJoinExec;

/**
 * Refuses a plan with a node that this engine has no operator for, before anything is opened.
 *
 * @throws {MillraceError} `UNSUPPORTED` at the construct of the text.
 */
export function checkRunnable(nodes: readonly ExecNode[]): void {
  for (const node of nodes) {
    if (node.kind === 'VectorSearchExec' || node.kind === 'LookupJoinExec') throw refusal(node);
  }
}

export function refusal(node: ForeignExec): MillraceError {
  const { what, span, hint } = describe(node);
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `the embedded engine does not run ${what}`,
    span,
    notes: [{ message: hint }],
  });
}

function describe(node: ForeignExec): { readonly what: string; readonly span: Span; readonly hint: string } {
  switch (node.kind) {
    case 'VectorSearchExec':
      return {
        what: 'VECTOR_SEARCH',
        span: node.span,
        hint: 'run the script on a Flink cluster whose connector searches vectors: --engine flink',
      };
    case 'LookupJoinExec':
      return {
        what: `lookup joins, as with table "${node.table.name.object}"`,
        span: node.span,
        hint: 'join a table that is read, without FOR SYSTEM_TIME AS OF, or run the script on a Flink cluster: --engine flink',
      };
  }
}
