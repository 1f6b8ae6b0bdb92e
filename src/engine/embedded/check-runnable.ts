import { MillraceError } from '../../common/error.js';
import type { ExecNode, VectorSearchExec } from '../../planner/physical/exec-node.js';

/**
 * Refuses a plan with a node that this engine has no operator for, before anything is opened.
 *
 * @throws {MillraceError} `UNSUPPORTED` at the construct of the text.
 */
export function checkRunnable(nodes: readonly ExecNode[]): void {
  for (const node of nodes) if (node.kind === 'VectorSearchExec') throw refusal(node);
}

export function refusal({ span }: VectorSearchExec): MillraceError {
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: 'the embedded engine does not run VECTOR_SEARCH',
    span,
    notes: [{ message: 'run the script on a Flink cluster whose connector searches vectors: --engine flink' }],
  });
}
