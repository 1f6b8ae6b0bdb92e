import type { Characteristic, Scorecard } from '../../parse/scorecard.js';
import { refuseLine } from '../compilation.js';
import { compileExpression } from '../expression.js';
import type { ModelContext } from '../model-context.js';
import type { ModelBody } from '../outcome.js';
import { compilePredicate, TRUE, type Test } from '../predicate.js';
import { RowFailure, type Row } from '../row.js';
import { castValue } from '../value.js';

interface ScoredAttribute {
  readonly test: Test;
  readonly reasonCode: string | undefined;
  readonly score: (row: Row) => number;
}

/** https://dmg.org/pmml/v4-4-1/Scorecard.html */
export function compileScorecard(model: Scorecard, context: ModelContext): ModelBody {
  const parts = model.characteristics.map(characteristic => ({
    baseline: characteristic.baselineScore ?? model.baselineScore,
    attributes: compileAttributes(characteristic, context),
    name: characteristic.name,
  }));
  if (model.useReasonCodes) {
    for (const { baseline, attributes, name } of parts) {
      if (baseline === undefined) refuseLine(model.line, `the characteristic "${name ?? ''}" has no baselineScore for its reason codes`);
      if (attributes.some(attribute => attribute.reasonCode === undefined))
        refuseLine(model.line, `an attribute of the characteristic "${name ?? ''}" has no reasonCode`);
    }
  }
  return {
    classes: [],
    evaluate: row => {
      let sum = model.initialScore;
      const points = new Map<string, number>();
      for (const { baseline, attributes } of parts) {
        const attribute = attributes.find(candidate => candidate.test(row) === TRUE);
        if (attribute === undefined) return undefined;
        const score = attribute.score(row);
        if (Number.isNaN(score)) return undefined;
        sum += score;
        if (!model.useReasonCodes) continue;
        const lost = model.pointsAbove ? score - baseline! : baseline! - score;
        points.set(attribute.reasonCode!, (points.get(attribute.reasonCode!) ?? 0) + lost);
      }
      return { predicted: context.round(sum), reasons: model.useReasonCodes ? rank(points) : undefined };
    },
  };
}

function compileAttributes(characteristic: Characteristic, { scope }: ModelContext): ScoredAttribute[] {
  return characteristic.attributes.map(({ predicate, reasonCode, partialScore }) => ({
    test: compilePredicate(predicate, scope),
    reasonCode: reasonCode ?? characteristic.reasonCode,
    score: typeof partialScore === 'number' ? () => partialScore : compilePartial(partialScore, scope),
  }));
}

function compilePartial(expression: Parameters<typeof compileExpression>[0], scope: ModelContext['scope']): (row: Row) => number {
  const { evaluate } = compileExpression(expression, scope);
  return row => {
    const value = evaluate(row);
    if (value === undefined) return NaN;
    const number = castValue(value, 'double');
    if (typeof number !== 'number') throw new RowFailure(`a partial score is ${JSON.stringify(String(value).slice(0, 60))}, not a number`);
    return number;
  };
}

/** Reason codes by what they took away, the most first; codes that took nothing are none. */
function rank(points: ReadonlyMap<string, number>): string[] {
  return [...points]
    .filter(([, lost]) => lost >= 0)
    .toSorted(([, left], [, right]) => right - left)
    .map(([code]) => code);
}
