import { MillraceError } from '../../common/error.js';
import { ON_FLINK } from '../../common/not-run.js';
import { execInputs, wholeInputsOf, type ExecNode, type SourceExec } from '../../planner/physical/exec-node.js';

/**
 * Refuses a plan in which a node would wait for the end of input that has none.
 *
 * @param nodes inputs before the nodes that read them.
 * @throws {MillraceError} `UNSUPPORTED` at the construct of the text.
 */
export function checkBounded(nodes: readonly ExecNode[], isUnbounded: (source: SourceExec) => boolean): void {
  /** The first unbounded source whose rows keep coming out of a node. */
  const endless = new Map<ExecNode, SourceExec>();
  for (const node of nodes) {
    const found = node.kind === 'SourceExec' && isUnbounded(node) ? node : firstOf(execInputs(node), endless);
    if (node.wholeInput) {
      const source = firstOf(wholeInputsOf(node), endless);
      if (source) throw refusal(node.wholeInput, source);
    }
    const ends = node.kind === 'LimitExec' && node.count < Infinity;
    if (found && !ends) endless.set(node, found);
  }
}

function firstOf(inputs: readonly ExecNode[], endless: ReadonlyMap<ExecNode, SourceExec>): SourceExec | undefined {
  return inputs.map(input => endless.get(input)).find(source => source !== undefined);
}

function refusal({ what, span, hint }: NonNullable<ExecNode['wholeInput']>, { table }: SourceExec): MillraceError {
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `${what} needs all rows before the first can leave, and table "${table.name.object}" has no end`,
    ...(span && { span }),
    notes: [{ message: hint ? `read the table with an end, or ${hint}` : `read the table with an end, or ${ON_FLINK}` }],
  });
}
