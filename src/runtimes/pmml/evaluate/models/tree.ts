import type { ScoreDistribution, TreeModel } from '../../parse/tree-model.js';
import { parseNumber } from '../../parse/xml-element.js';
import { Labels } from '../labels.js';
import type { ModelContext } from '../model-context.js';
import { argMax, type ModelBody, type Outcome } from '../outcome.js';
import type { Row } from '../row.js';
import { parseValue, type Value } from '../value.js';
import { equationsOf, regressionOutcome } from './regression.js';
import { TreeNodes } from './tree-nodes.js';
import { compileWalk, reachedNodes, recordsOf, type Walk } from './tree-walk.js';

/** https://dmg.org/pmml/v4-4-1/TreeModel.html */
export function compileTree(model: TreeModel, context: ModelContext): ModelBody {
  const tree = new TreeNodes(model.root, context.scope);
  return model.functionName === 'regression'
    ? compileRegressionTree(model, tree, context)
    : compileClassificationTree(model, tree, context);
}

function entityOf(tree: TreeNodes, node: number): string {
  return tree.nodes[node]!.id ?? String(node + 1);
}

function isSingle(model: TreeModel): model is TreeModel & { readonly missingValues: Parameters<typeof compileWalk>[1]['missingValues'] } {
  return model.missingValues !== 'weightedConfidence' && model.missingValues !== 'aggregateNodes';
}

function compileRegressionTree(model: TreeModel, tree: TreeNodes, context: ModelContext): ModelBody {
  const { round } = context;
  const scores = Float64Array.from(tree.nodes, node => round(node.score === undefined ? NaN : (parseNumber(node.score) ?? NaN)));
  const equations = tree.nodes.map(node => node.regression && equationsOf(node.regression, context));
  const hasEquations = equations.some(each => each !== undefined);
  const scoreOf = (node: number, row: Row): number => {
    const equation = hasEquations ? equations[node] : undefined;
    return equation === undefined ? scores[node]! : ((regressionOutcome(equation, row)?.predicted as number | undefined) ?? NaN);
  };
  if (!isSingle(model)) {
    const number = (row: Row): number => {
      let [sum, records] = [0, 0];
      for (const { node, weight } of reachedNodes(tree, row, model.noTrueChild === 'returnLastPrediction')) {
        const part = model.missingValues === 'weightedConfidence' ? weight : recordsOf(tree, node);
        sum += scoreOf(node, row) * part;
        records += part;
      }
      return records > 0 ? round(sum / records) : NaN;
    };
    return numberBody(number);
  }
  const { walk } = compileWalk(tree, model);
  return {
    classes: [],
    number: row => {
      const node = walk(row);
      return node < 0 ? NaN : scoreOf(node, row);
    },
    evaluate: row => {
      const node = walk(row);
      const value = node < 0 ? NaN : scoreOf(node, row);
      return Number.isNaN(value) ? undefined : { predicted: value, entity: entityOf(tree, node) };
    },
  };
}

/** The body of a model whose whole answer is a number; NaN is missing. */
export function numberBody(number: (row: Row) => number): ModelBody {
  return {
    classes: [],
    number,
    evaluate: row => {
      const value = number(row);
      return Number.isNaN(value) ? undefined : { predicted: value };
    },
  };
}

function compileClassificationTree(model: TreeModel, tree: TreeNodes, context: ModelContext): ModelBody {
  const labels = new Labels(context.type, context.categories);
  for (const { score, distributions, regression } of tree.nodes) {
    for (const { value } of distributions) labels.place(value);
    if (score !== undefined) labels.place(score);
    for (const { targetCategory } of regression?.tables ?? []) if (targetCategory !== undefined) labels.place(targetCategory);
  }
  const classes = labels.values;
  const equations = tree.nodes.map(node => node.regression && equationsOf(node.regression, context));
  const outcomes = tree.nodes.map((_, node) => nodeOutcome(tree, node, { labels, context }));
  if (!isSingle(model))
    return {
      classes,
      evaluate: row => combine(reachedNodes(tree, row, model.noTrueChild === 'returnLastPrediction'), { model, tree, labels, outcomes }),
    };
  const { walk, unknowns }: Walk = compileWalk(tree, model);
  return {
    classes,
    evaluate: row => {
      const node = walk(row);
      if (node < 0) return undefined;
      const equation = equations[node];
      if (equation !== undefined) return regressionOutcome(equation, row);
      const outcome = outcomes[node];
      const factor = model.missingValuePenalty ** unknowns();
      if (outcome === undefined || factor === 1) return outcome;
      const confidences = (outcome.confidences ?? outcome.probabilities)?.map(value => value * factor);
      return { ...outcome, confidences };
    },
  };
}

interface NodeContext {
  readonly labels: Labels;
  readonly context: ModelContext;
}

/** A node's answer, made once: it is the same for all rows that end there. */
function nodeOutcome(tree: TreeNodes, node: number, { labels, context }: NodeContext): Outcome | undefined {
  const { score, distributions } = tree.nodes[node]!;
  const count = labels.values.length;
  const predicted: Value = score === undefined ? undefined : (parseValue(score, context.type.dataType) ?? score);
  if (distributions.length === 0) {
    if (score === undefined) return undefined;
    const probabilities = new Float64Array(count);
    probabilities[labels.place(score)] = 1;
    return { predicted, probabilities, entity: entityOf(tree, node) };
  }
  const probabilities = probabilitiesOf(distributions, labels, context.round);
  const confidences = distributions.some(each => each.confidence !== undefined) ? probabilities.slice() : undefined;
  for (const { value, confidence } of distributions)
    if (confidences && confidence !== undefined) confidences[labels.place(value)] = confidence;
  return { predicted: predicted ?? labels.values[argMax(probabilities)], probabilities, confidences, entity: entityOf(tree, node) };
}

/** Shares of the records, or what the distribution tells. */
export function probabilitiesOf(
  distributions: readonly ScoreDistribution[],
  labels: Labels,
  round: (value: number) => number,
): Float64Array {
  const probabilities = new Float64Array(labels.values.length);
  const total = distributions.reduce((sum, each) => round(sum + each.recordCount), 0);
  for (const { value, recordCount, probability } of distributions)
    probabilities[labels.place(value)] = round(probability ?? recordCount / total);
  return probabilities;
}

interface CombineContext {
  readonly model: TreeModel;
  readonly tree: TreeNodes;
  readonly labels: Labels;
  readonly outcomes: readonly (Outcome | undefined)[];
}

/** The answer of several nodes: their confidences by weight, or all their records together. */
function combine(
  reached: readonly { readonly node: number; readonly weight: number; readonly unknowns: number }[],
  { model, tree, labels, outcomes }: CombineContext,
): Outcome | undefined {
  if (reached.length === 0) return undefined;
  if (reached.length === 1 && reached[0]!.unknowns === 0) return outcomes[reached[0]!.node];
  const sums = new Float64Array(labels.values.length);
  const confidences = new Float64Array(labels.values.length);
  let records = 0;
  for (const { node, weight, unknowns } of reached) {
    const outcome = outcomes[node];
    if (outcome === undefined) continue;
    const penalty = model.missingValuePenalty ** unknowns;
    if (model.missingValues === 'weightedConfidence') {
      const values = outcome.confidences ?? outcome.probabilities!;
      for (let i = 0; i < sums.length; i++) {
        sums[i]! += weight * outcome.probabilities![i]!;
        confidences[i]! += weight * penalty * values[i]!;
      }
      records = 1;
    } else {
      for (const { value, recordCount } of tree.nodes[node]!.distributions) {
        const place = labels.place(value);
        sums[place]! += recordCount;
        confidences[place]! += recordCount * penalty;
        records += recordCount;
      }
    }
  }
  if (records === 0) return undefined;
  const probabilities = sums.map(value => value / records);
  const divided = confidences.map(value => value / records);
  return { predicted: labels.values[argMax(divided)], probabilities, confidences: divided };
}
