import type { ClusteringModel, ComparisonMetric, CompareFunction } from '../../parse/clustering-model.js';
import { refuseLine } from '../compilation.js';
import type { ModelContext } from '../model-context.js';
import type { ModelBody } from '../outcome.js';
import { numberReader } from './regression.js';

/** How unlike, or how like, a value is to that of a center. */
type Compare = (value: number, center: number) => number;

/** https://dmg.org/pmml/v4-4-1/ClusteringModel.html */
export function compileClustering(model: ClusteringModel, context: ModelContext): ModelBody {
  const fields = model.fields.filter(field => field.isCenterField);
  const reads = fields.map(({ field }) => numberReader(field, context.scope));
  const compares = fields.map(field => compileCompare(field, model));
  const weights = Float64Array.from(fields, field => field.weight);
  const missingWeights = Float64Array.from(fields, (_, i) => model.missingWeights?.[i] ?? 1);
  const allWeight = missingWeights.reduce((sum, weight) => sum + weight, 0);
  const centers = model.clusters.map(cluster => Float64Array.from(cluster.center));
  const ids = model.clusters.map(({ id }, i) => id ?? String(i + 1));
  const measure = compileMetric(model.metric, { compares, weights });
  const isNearer = model.measure === 'distance' ? (one: number, other: number) => one < other : (one: number, other: number) => one > other;
  return {
    classes: [],
    entities: ids,
    evaluate: row => {
      const values = Float64Array.from(reads, read => read(row));
      let present = 0;
      for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) present += missingWeights[i]!;
      if (present === 0) return undefined;
      const affinities = Float64Array.from(centers, center => measure(values, center, allWeight / present));
      let best = 0;
      for (let i = 1; i < affinities.length; i++) if (isNearer(affinities[i]!, affinities[best]!)) best = i;
      const id = ids[best]!;
      return { predicted: id, entity: id, affinities, display: model.clusters[best]!.name };
    },
  };
}

function compileCompare(
  { compare, similarityScale, comparisons, field }: ClusteringModel['fields'][number],
  model: ClusteringModel,
): Compare {
  const functions: Readonly<Record<CompareFunction, () => Compare>> = {
    absDiff: () => (value, center) => Math.abs(value - center),
    gaussSim: () => {
      const scale = similarityScale ?? refuseLine(model.line, `the field "${field}" is compared by gaussSim without a similarityScale`);
      return (value, center) => Math.exp((-Math.LN2 * (value - center) ** 2) / scale ** 2);
    },
    delta: () => (value, center) => Number(value !== center),
    equal: () => (value, center) => Number(value === center),
    table: () => {
      const table = comparisons ?? refuseLine(model.line, `the field "${field}" is compared by a table that is not there`);
      return (value, center) => table[value]?.[center] ?? NaN;
    },
  };
  return functions[compare ?? model.compare]();
}

interface MetricContext {
  readonly compares: readonly Compare[];
  readonly weights: Float64Array;
}

/** A missing value, which is NaN, takes no part; `adjust` makes up for it. */
type Metric = (values: Float64Array, center: Float64Array, adjust: number) => number;

function compileMetric(metric: ComparisonMetric, { compares, weights }: MetricContext): Metric {
  const sumOf =
    (part: (comparison: number) => number): Metric =>
    (values, center, adjust) => {
      let sum = 0;
      for (let i = 0; i < values.length; i++)
        if (!Number.isNaN(values[i]!)) sum += weights[i]! * part(compares[i]!(values[i]!, center[i]!));
      return sum * adjust;
    };
  switch (metric.kind) {
    case 'squaredEuclidean':
      return sumOf(part => part * part);
    case 'euclidean': {
      const squared = sumOf(part => part * part);
      return (values, center, adjust) => Math.sqrt(squared(values, center, adjust));
    }
    case 'cityBlock':
      return sumOf(part => part);
    case 'chebychev':
      return (values, center, adjust) => {
        let most = 0;
        for (let i = 0; i < values.length; i++)
          if (!Number.isNaN(values[i]!)) most = Math.max(most, weights[i]! * compares[i]!(values[i]!, center[i]!));
        return most * adjust;
      };
    case 'minkowski': {
      const { p } = metric;
      const powers = sumOf(part => part ** p);
      return (values, center, adjust) => powers(values, center, adjust) ** (1 / p);
    }
    case 'binary':
      return (values, center) => binarySimilarity(metric, values, center);
  }
}

/** Pairs of flags that are both set, set in one alone, and in none, weighed and divided. */
function binarySimilarity(
  { over, under }: ComparisonMetric & { readonly kind: 'binary' },
  values: Float64Array,
  center: Float64Array,
): number {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    const pair = (values[i] === 1 ? 0 : 2) + (center[i] === 1 ? 0 : 1);
    counts[pair]!++;
  }
  const weigh = (parameters: readonly number[]): number => counts.reduce((sum, count, i) => sum + count * parameters[i]!, 0);
  return weigh(over) / weigh(under);
}
