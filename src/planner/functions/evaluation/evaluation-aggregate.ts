import type { Value } from '../../../spec/batch.js';
import { arrayOf, BIGINT, DOUBLE, isNumber, STRING, withNullable, type DataType } from '../../../spec/data-type.js';
import type { EvaluationTask } from '../../logical/node.js';
import { objectAccumulator, type Accumulator } from '../aggregate/accumulator.js';
import type { AggregateResolution } from '../aggregate/aggregate-function.js';
import { explicitCast, implicitCast, isConstructed, isInteger, isText } from '../type-rules.js';
import { classificationMetrics } from './classification-metrics.js';
import { clusteringMetrics } from './clustering-metrics.js';
import { embeddingMetrics } from './embedding-metrics.js';
import type { TaskMetrics } from './metrics.js';
import { arrayMetrics, mapMetrics, positiveMetrics } from './probability-metrics.js';
import { regressionMetrics } from './regression-metrics.js';
import { textMetrics } from './text-metrics.js';

/** `MAP<STRING NOT NULL, DOUBLE>`: metrics by name. */
export const METRICS_TYPE: DataType = { kind: 'MAP', key: withNullable(STRING, false), value: DOUBLE, nullable: false };

/** The types of what a task compares. */
export interface Compared {
  readonly label: DataType;
  readonly answer: DataType;
  readonly features: readonly DataType[];
}

/** How a task compares: a column is cast step by step, then goes into the aggregate. */
export interface EvaluationAggregate {
  readonly label: readonly DataType[];
  readonly answer: readonly DataType[];
  /** Whether the features follow the answer, as DOUBLE. */
  readonly hasFeatures: boolean;
  readonly resolution: AggregateResolution;
}

/** The aggregate for a task over a label and an answer of these types; `undefined` where it does not compare them. */
export function evaluationAggregate(task: EvaluationTask, compared: Compared): EvaluationAggregate | undefined {
  const { label, answer } = compared;
  const asAnswer = implicitCast(withNullable(label, true), withNullable(answer, true));
  switch (task) {
    case 'REGRESSION':
      return isNumber(label) && isNumber(answer) ? comparing(regressionMetrics, [DOUBLE], [DOUBLE]) : undefined;
    case 'EMBEDDING':
      return isVector(label) && isVector(answer) ? comparing(embeddingMetrics, [arrayOf(DOUBLE)], [arrayOf(DOUBLE)]) : undefined;
    case 'TEXT_GENERATION':
      return isText(label) && isText(answer) ? comparing(textMetrics, [STRING], [STRING]) : undefined;
    case 'CLUSTERING': {
      const hasFeatures = compared.features.every(isNumber);
      const metrics = clusteringMetrics(hasFeatures);
      return isName(label) && isName(answer) ? comparing(metrics, [STRING], [STRING], hasFeatures) : undefined;
    }
    case 'CLASSIFICATION': {
      if (isApproximate(answer)) return positive(label);
      if (answer.kind === 'MAP' && isText(answer.key) && isNumber(answer.value) && isName(label))
        return comparing(mapMetrics, [STRING], [{ kind: 'MAP', key: STRING, value: DOUBLE, nullable: true }]);
      if (answer.kind === 'ARRAY' && isNumber(answer.element) && isInteger(label))
        return comparing(arrayMetrics, [BIGINT, STRING], [arrayOf(DOUBLE)]);
      return asAnswer && isName(answer) ? comparing(classificationMetrics, [answer, STRING], [STRING]) : undefined;
    }
  }
}

/** An answer of FLOAT or DOUBLE is the probability that the label is TRUE, or 1. */
function positive(label: DataType): EvaluationAggregate | undefined {
  if (label.kind === 'BOOLEAN') return comparing(positiveMetrics('FALSE', 'TRUE'), [STRING], [DOUBLE]);
  return isInteger(label) ? comparing(positiveMetrics('0', '1'), [STRING], [DOUBLE]) : undefined;
}

interface EvaluationState<State> {
  readonly state: State;
  unanswered: number;
  rows: number;
}

function comparing<State extends object>(
  metrics: TaskMetrics<State>,
  label: readonly DataType[],
  answer: readonly DataType[],
  hasFeatures = false,
): EvaluationAggregate {
  const accumulator = counting(metrics);
  const parameters = [label.at(-1)!, answer.at(-1)!];
  return { label, answer, hasFeatures, resolution: { parameters, type: METRICS_TYPE, nulls: 'take', ...accumulator } };
}

/** The metrics of a task, behind `Rows`: how many were compared, and `Unanswered Rows`: those whose answer is NULL. */
function counting<State extends object>(metrics: TaskMetrics<State>): { readonly accumulator: Accumulator; readonly ofNoRows: Value } {
  const create = (): EvaluationState<State> => ({ state: metrics.create(), unanswered: 0, rows: 0 });
  const result = ({ state, rows, unanswered }: EvaluationState<State>): Value =>
    new Map<Value, Value>([['Rows', rows], ['Unanswered Rows', unanswered], ...metrics.result(state)]);
  const accumulator = objectAccumulator<EvaluationState<State>>({
    create,
    add(evaluation, label: Value, answer: Value, ...others: Value[]) {
      if (label === null) return;
      if (answer === null) {
        evaluation.unanswered++;
        return;
      }
      metrics.add(evaluation.state, label, answer, others);
      evaluation.rows++;
    },
    merge(evaluation, other) {
      metrics.merge(evaluation.state, other.state);
      evaluation.rows += other.rows;
      evaluation.unanswered += other.unanswered;
    },
    result,
  });
  return { accumulator, ofNoRows: result(create()) };
}

function isApproximate({ kind }: DataType): boolean {
  return kind === 'FLOAT' || kind === 'DOUBLE';
}

function isVector(type: DataType): boolean {
  return type.kind === 'ARRAY' && isNumber(type.element);
}

/** What a class or cluster can be named by. */
function isName(type: DataType): boolean {
  return !isConstructed(type) && explicitCast(type, STRING);
}
