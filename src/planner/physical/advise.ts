import { execInputs, execNodes, type ExecNode, type PredictExec, type SinkExec } from './exec-node.js';

/** Sentences about what can make a plan slow or dear, inputs before what reads them; none for a plan without such parts. */
export function advise(sinks: readonly SinkExec[]): string[] {
  return execNodes(sinks).flatMap(node => {
    const advice = adviceFor(node);
    return advice === undefined ? [] : [`${advice} (${node.id})`];
  });
}

function adviceFor(node: ExecNode): string | undefined {
  switch (node.kind) {
    case 'JoinExec':
      return node.condition.keys.length === 0 && !node.atMostOne
        ? 'The join compares every row of one side with every row of the other: add an equality between columns of both sides'
        : undefined;
    case 'PredictExec':
      return isAskedAboutAll(node)
        ? `Model "${node.call.model.name.object}" is asked about every row that is read: a condition in WHERE, or a CASE round the call, leaves rows out`
        : undefined;
    case 'SortExec':
      return node.count === Infinity && node.keys.length > 0
        ? 'ORDER BY keeps all rows in memory: a LIMIT keeps only the first ones'
        : undefined;
    case 'GroupAggregateExec':
      return node.emit === 'changes' && node.keys.length > 0
        ? 'The groups stay in memory for as long as the job runs: groups within windows leave when their window ends'
        : undefined;
    default:
      return undefined;
  }
}

/** Whether nothing between a table and the model leaves rows out. */
function isAskedAboutAll({ guard, input }: PredictExec): boolean {
  return guard === undefined && readsAll(input);
}

function readsAll(node: ExecNode): boolean {
  switch (node.kind) {
    case 'SourceExec':
      return !node.calc?.condition && !node.output?.condition;
    case 'CalcExec':
      return !node.calc.condition && readsAll(node.input);
    case 'UnionExec':
    case 'PredictExec':
    case 'UnnestExec':
    case 'WindowTableExec':
      return execInputs(node).some(readsAll);
    default:
      return false;
  }
}
