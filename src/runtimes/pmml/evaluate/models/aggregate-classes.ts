import type { MiningModel, MultipleModelMethod } from '../../parse/mining-model.js';
import { refuseLine } from '../compilation.js';
import { simpleMax } from '../links.js';
import type { ModelContext } from '../model-context.js';
import { Labels } from '../labels.js';
import { argMax, firstOf, type ModelBody, type Outcome } from '../outcome.js';
import { TRUE } from '../predicate.js';
import { translation, unionOf, type Member } from './member.js';

interface Votes {
  /** By segment that has a result. */
  readonly outcomes: readonly Outcome[];
  readonly weights: readonly number[];
  readonly count: number;
  readonly round: (value: number) => number;
  readonly placeOf: (outcome: Outcome) => number;
}

type Combine = (votes: Votes) => Float64Array | undefined;

/** Shares of the votes, each of some weight. */
function vote({ outcomes, count, round, placeOf }: Votes, weights: readonly number[] | undefined): Float64Array {
  const shares = new Float64Array(count);
  for (const [i, outcome] of outcomes.entries()) {
    const place = placeOf(outcome);
    shares[place] = round(shares[place]! + (weights?.[i] ?? 1));
  }
  simpleMax(shares, round);
  return shares;
}

/** The mean of the segments' probabilities; `undefined` where one has none. */
function mean({ outcomes, count, round }: Votes, weights: readonly number[] | undefined): Float64Array | undefined {
  const sums = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < outcomes.length; i++) {
    const { probabilities } = outcomes[i]!;
    if (probabilities === undefined) return undefined;
    const weight = weights === undefined ? 1 : weights[i]!;
    total = round(total + weight);
    for (let place = 0; place < count; place++) sums[place] = round(sums[place]! + round(weight * probabilities[place]!));
  }
  for (let place = 0; place < count; place++) sums[place] = round(sums[place]! / total);
  return sums;
}

function weightedSum({ outcomes, weights, count, round }: Votes): Float64Array | undefined {
  const sums = new Float64Array(count);
  for (const [i, { probabilities }] of outcomes.entries()) {
    if (probabilities === undefined) return undefined;
    for (let place = 0; place < count; place++) sums[place] = round(sums[place]! + round(weights[i]! * probabilities[place]!));
  }
  return sums;
}

/** The mean over the segments that give the highest probability of all. */
function surest(votes: Votes): Float64Array | undefined {
  const { outcomes, count } = votes;
  if (outcomes.some(({ probabilities }) => probabilities === undefined)) return undefined;
  const levels = new Float64Array(count);
  for (const { probabilities } of outcomes) for (let i = 0; i < count; i++) levels[i] = Math.max(levels[i]!, probabilities![i]!);
  const winner = argMax(levels);
  return mean({ ...votes, outcomes: outcomes.filter(({ probabilities }) => probabilities![winner] === levels[winner]) }, undefined);
}

const COMBINE: Readonly<Partial<Record<MultipleModelMethod, Combine>>> = {
  majorityVote: votes => vote(votes, undefined),
  weightedMajorityVote: votes => vote(votes, votes.weights),
  average: votes => mean(votes, undefined),
  weightedAverage: votes => mean(votes, votes.weights),
  max: surest,
  weightedSum,
  'x-weightedSum': weightedSum,
};

/** One answer from the classes of the segments that hold. @throws {MillraceError} `MODEL_LOAD` when the method is not of classes. */
export function aggregateClasses(model: MiningModel, members: readonly Member[], context: ModelContext): ModelBody {
  const combine = COMBINE[model.method];
  if (combine === undefined)
    return refuseLine(model.line, `the method ${model.method} is not of models of the function ${model.functionName}`);
  const { missingPredictions, missingThreshold } = model;
  const isVote = model.method === 'majorityVote' || model.method === 'weightedMajorityVote';
  const labels = new Labels(context.type, context.categories);
  for (const value of unionOf(members)) labels.placeOf(value);
  const classes = labels.values;
  // Clusters and scores of rules are classes too, known when they are seen.
  const known = classes.length;
  if (known === 0) for (const member of members) for (const entity of member.model.entities ?? []) labels.placeOf(entity);
  const translate = members.map(({ model: segment }) => translation(segment, classes));
  const placeOf = (outcome: Outcome): number => labels.placeOf(outcome.predicted!);
  const { round } = context;
  return {
    classes,
    evaluate: row => {
      const outcomes: Outcome[] = [];
      const weights: number[] = [];
      let [missing, all, absent] = [0, 0, 0];
      for (let i = 0; i < members.length; i++) {
        const { test, weight, model: segment } = members[i]!;
        if (test(row) !== TRUE) continue;
        all += weight;
        const outcome = translate[i]!(segment.evaluate(row));
        if (outcome?.predicted === undefined) {
          if (missingPredictions === 'returnMissing' || (missingPredictions === 'continue' && !isVote)) return undefined;
          missing += weight;
          absent++;
        } else {
          outcomes.push(outcome);
          weights.push(weight);
        }
      }
      if (outcomes.length === 0 || missing / all > missingThreshold) return undefined;
      const probabilities = combine({ outcomes, weights, count: classes.length, round, placeOf });
      if (probabilities === undefined) return undefined;
      if (!isVote) return { predicted: classes[argMax(probabilities)], probabilities };
      // Of equal classes the one that was voted for first wins.
      const winner = firstOf(outcomes.map(placeOf), probabilities);
      if (missingPredictions === 'continue' && absent > 0) {
        // Segments without a result vote for none, and may win.
        const votes = all - missing;
        const [against, own] =
          model.method === 'majorityVote' ? [absent, probabilities[winner]! * outcomes.length] : [missing, probabilities[winner]! * votes];
        if (against > own + 1e-12 * votes) return undefined;
      }
      return { predicted: classes[winner], probabilities };
    },
  };
}
