import { describeExec } from './explain-physical.js';
import { execInputs, execNodes, type SinkExec } from './exec-node.js';

/** The physical plan of a job as JSON text: a list of nodes, inputs first, each with the ids of the nodes that it reads. */
export function explainJson(sinks: readonly SinkExec[]): string {
  const nodes = execNodes(sinks).map(node => ({
    id: node.id,
    type: node.kind.replace('Exec', ''),
    contents: describeExec(node),
    changelogMode: node.changelogMode,
    predecessors: execInputs(node).map(input => input.id),
  }));
  return JSON.stringify({ nodes }, undefined, 2);
}
