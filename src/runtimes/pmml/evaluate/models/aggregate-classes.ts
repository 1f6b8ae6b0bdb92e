import type { MiningModel, MultipleModelMethod } from '../../parse/mining-model.js';
import { refuseLine } from '../compilation.js';
import { median } from '../functions/aggregates.js';
import { simpleMax } from '../links.js';
import type { ModelContext } from '../model-context.js';
import { Labels } from '../labels.js';
import { argMax, type ModelBody, type Outcome } from '../outcome.js';
import { TRUE } from '../predicate.js';
import { translation, unionOf, type Member } from './mining.js';

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
  for (const [i, { probabilities }] of outcomes.entries()) {
    if (probabilities === undefined) return undefined;
    const weight = weights?.[i] ?? 1;
    total = round(total + weight);
    for (let place = 0; place < count; place++) sums[place] = round(sums[place]! + round(weight * probabilities[place]!));
  }
  return sums.map(sum => round(sum / total));
}

function weightedSum({ outcomes, weights, count, round }: Votes): Float64Array | undefined {
  const sums = new Float64Array(count);
  for (const [i, { probabilities }] of outcomes.entries()) {
    if (probabilities === undefined) return undefined;
    for (let place = 0; place < count; place++) sums[place] = round(sums[place]! + round(weights[i]! * probabilities[place]!));
  }
  return sums;
}

/** The mean over the segments that are as sure of the winner as `choose` says of the best-chosen class. */
function chosen(votes: Votes, choose: (values: readonly number[]) => number): Float64Array | undefined {
  const { outcomes, count } = votes;
  if (outcomes.some(({ probabilities }) => probabilities === undefined)) return undefined;
  const levels = Float64Array.from({ length: count }, (_, place) => choose(outcomes.map(({ probabilities }) => probabilities![place]!)));
  const winner = argMax(levels);
  const sure = outcomes.filter(({ probabilities }) => probabilities![winner] === levels[winner]);
  return sure.length > 0 ? mean({ ...votes, outcomes: sure }, undefined) : levels;
}

const COMBINE: Readonly<Partial<Record<MultipleModelMethod, Combine>>> = {
  majorityVote: votes => vote(votes, undefined),
  weightedMajorityVote: votes => vote(votes, votes.weights),
  average: votes => mean(votes, undefined),
  weightedAverage: votes => mean(votes, votes.weights),
  max: votes => chosen(votes, values => values.reduce((most, value) => Math.max(most, value))),
  median: votes => chosen(votes, median),
  weightedSum,
  'x-weightedSum': weightedSum,
};

/** One answer from the classes of the segments that hold. @throws {MillraceError} `MODEL_LOAD` when the method is not of classes. */
export function aggregateClasses(model: MiningModel, members: readonly Member[], context: ModelContext): ModelBody {
  const combine = COMBINE[model.method];
  if (combine === undefined) return refuseLine(model.line, `the method ${model.method} is not of models of the function ${model.functionName}`);
  const { missingPredictions, missingThreshold } = model;
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
      let [missing, all] = [0, 0];
      for (let i = 0; i < members.length; i++) {
        const { test, weight, model: segment } = members[i]!;
        if (test(row) !== TRUE) continue;
        all += weight;
        const outcome = translate[i]!(segment.evaluate(row));
        if (outcome?.predicted === undefined) {
          if (missingPredictions === 'returnMissing') return undefined;
          missing += weight;
          if (missingPredictions === 'continue') return undefined;
        } else {
          outcomes.push(outcome);
          weights.push(weight);
        }
      }
      if (outcomes.length === 0 || missing / all > missingThreshold) return undefined;
      const probabilities = combine({ outcomes, weights, count: classes.length, round, placeOf });
      return probabilities && { predicted: classes[argMax(probabilities)], probabilities };
    },
  };
}
