import { MillraceError } from '../../common/error.js';
import type { IterationRange } from '../../kit/trees/iteration-range.js';
import type { RowRange } from '../../kit/trees/row-scorer.js';
import type { XgboostModel } from './xgboost-model.js';

export interface TreeSelection {
  readonly range: IterationRange | undefined;
  /** Whether only the rounds up to the best one count. */
  readonly best: boolean;
}

/**
 * The trees of the boosting rounds that were chosen; all where nothing was.
 *
 * @throws {MillraceError} `INVALID_OPTION` where the model has no such rounds.
 */
export function selectTrees({ booster, bestIteration }: XgboostModel, { range, best }: TreeSelection): RowRange {
  const refuse = (option: string, message: string): never => {
    throw new MillraceError({ code: 'INVALID_OPTION', message: `option "${option}": ${message}` });
  };
  if (range && best) refuse('best-iteration', 'it cannot be set beside "iteration-range"');
  const option = best ? 'best-iteration' : 'iteration-range';
  if (booster.kind === 'linear')
    return range || best ? refuse(option, 'this model is linear and has no rounds to choose from') : { from: 0, to: 0 };
  const { rounds, trees } = booster;
  if (!range && !best) return { from: 0, to: trees.length };
  if (best && bestIteration === undefined) return refuse(option, 'the model has no best iteration, since its training did not stop early');
  const count = rounds.length - 1;
  const { begin, end } = best ? { begin: 0, end: bestIteration! + 1 } : { begin: range!.begin, end: range!.end === 0 ? count : range!.end };
  if (begin >= end || end > count) refuse(option, `the rounds ${begin} to ${end} are not among the ${count} of the model`);
  return { from: rounds[begin]!, to: rounds[end]! };
}
