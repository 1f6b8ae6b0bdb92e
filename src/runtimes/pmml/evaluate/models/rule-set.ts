import type { Rule, RuleSetModel } from '../../parse/rule-set-model.js';
import { Labels } from '../labels.js';
import type { ModelContext } from '../model-context.js';
import { argMax, type FiredRule, type ModelBody, type Outcome } from '../outcome.js';
import { compilePredicate, TRUE, type Test } from '../predicate.js';
import type { Row } from '../row.js';

interface SimpleRule {
  readonly kind: 'simple';
  readonly test: Test;
  readonly place: number;
  readonly weight: number;
  readonly fired: FiredRule;
}

type CompiledRule = SimpleRule | { readonly kind: 'compound'; readonly test: Test; readonly rules: readonly CompiledRule[] };

/** https://dmg.org/pmml/v4-4-1/RuleSet.html */
export function compileRuleSet(model: RuleSetModel, context: ModelContext): ModelBody {
  const labels = new Labels(context.type, context.categories);
  const rules = model.rules.map(rule => compileRule(rule, labels, context));
  const absent = model.defaultScore === undefined ? undefined : labels.place(model.defaultScore);
  const fallback = (): Outcome | undefined => {
    if (absent === undefined) return undefined;
    const confidences = new Float64Array(labels.values.length);
    confidences[absent] = model.defaultConfidence ?? NaN;
    const rule: FiredRule = { id: undefined, score: labels.values[absent], confidence: model.defaultConfidence ?? NaN };
    return { predicted: labels.values[absent], confidences, rules: [rule] };
  };
  const select = { firstHit, weightedSum, weightedMax }[model.selection];
  return {
    classes: labels.values,
    givesProbabilities: false,
    evaluate: row => {
      const fired: SimpleRule[] = [];
      collect(rules, row, fired, model.selection === 'firstHit');
      return fired.length === 0 ? fallback() : select(fired, labels);
    },
  };
}

function compileRule(rule: Rule, labels: Labels, context: ModelContext): CompiledRule {
  const test = compilePredicate(rule.predicate, context.scope);
  if (rule.kind === 'compound') return { kind: 'compound', test, rules: rule.rules.map(inner => compileRule(inner, labels, context)) };
  const place = labels.place(rule.score);
  return {
    kind: 'simple',
    test,
    place,
    weight: rule.weight,
    fired: { id: rule.id, score: labels.values[place], confidence: rule.confidence },
  };
}

/** The simple rules that fire, in order; one where the first is enough. */
function collect(rules: readonly CompiledRule[], row: Row, fired: SimpleRule[], onlyFirst: boolean): void {
  for (const rule of rules) {
    if (onlyFirst && fired.length > 0) return;
    if (rule.test(row) !== TRUE) continue;
    if (rule.kind === 'simple') fired.push(rule);
    else collect(rule.rules, row, fired, onlyFirst);
  }
}

function firstHit(fired: readonly SimpleRule[], labels: Labels): Outcome {
  const [rule] = fired as [SimpleRule];
  const confidences = new Float64Array(labels.values.length);
  confidences[rule.place] = rule.fired.confidence;
  return { predicted: rule.fired.score, entity: rule.fired.id, confidences, rules: fired.map(each => each.fired) };
}

/** The category whose rules weigh the most together; its confidence is the weight over the number of rules that fired. */
function weightedSum(fired: readonly SimpleRule[], labels: Labels): Outcome {
  const weights = new Float64Array(labels.values.length);
  for (const { place, weight } of fired) weights[place]! += weight;
  const winner = argMax(weights);
  const own = fired.filter(rule => rule.place === winner);
  const rules = own.toSorted((left, right) => right.weight - left.weight).map(rule => rule.fired);
  return { predicted: labels.values[winner], entity: rules[0]?.id, confidences: weights.map(weight => weight / fired.length), rules };
}

/** The rule that weighs the most. */
function weightedMax(fired: readonly SimpleRule[], labels: Labels): Outcome {
  const ordered = fired.toSorted((left, right) => right.weight - left.weight);
  return { ...firstHit(ordered, labels), rules: ordered.map(rule => rule.fired) };
}
