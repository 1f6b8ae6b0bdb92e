/** A cluster as the points that were given to it make it: how many, their mean, and the sum of squared distances to it. */
export interface ClusterShape {
  count: number;
  readonly center: number[];
  spread: number;
}

/** Takes a point into a cluster, by Welford's way in several dimensions. */
export function addPoint(clusters: Map<string, ClusterShape>, name: string, point: readonly number[]): void {
  let shape = clusters.get(name);
  if (!shape) clusters.set(name, (shape = { count: 0, center: point.map(() => 0), spread: 0 }));
  shape.count++;
  for (let d = 0; d < point.length; d++) {
    const distance = point[d]! - shape.center[d]!;
    shape.center[d]! += distance / shape.count;
    shape.spread += distance * (point[d]! - shape.center[d]!);
  }
}

export function mergeShapes(clusters: Map<string, ClusterShape>, others: ReadonlyMap<string, ClusterShape>): void {
  for (const [name, other] of others) {
    const shape = clusters.get(name);
    if (!shape) {
      clusters.set(name, other);
      continue;
    }
    const count = shape.count + other.count;
    shape.spread += other.spread;
    for (let d = 0; d < shape.center.length; d++) {
      const distance = other.center[d]! - shape.center[d]!;
      shape.spread += (distance * distance * shape.count * other.count) / count;
      shape.center[d]! += (distance * other.count) / count;
    }
    shape.count = count;
  }
}

/**
 * The Davies–Bouldin index with q = p = 2 (Davies and Bouldin, A Cluster Separation Measure, 1979): the mean over the
 * clusters of the highest (sᵢ + sⱼ) / dᵢⱼ, with s the root of a cluster's mean squared distance to its center and d the
 * distance of two centers. (scikit-learn takes q = 1, the mean distance, which needs all points at once.) NULL for fewer than
 * two clusters; clusters with the same center do not count against each other.
 */
export function daviesBouldin(clusters: readonly ClusterShape[]): number | null {
  if (clusters.length < 2) return null;
  const sizes = clusters.map(({ spread, count }) => Math.sqrt(spread / count));
  let sum = 0;
  for (const [i, a] of clusters.entries()) {
    let worst = 0;
    for (const [j, b] of clusters.entries()) {
      const distance = i === j ? 0 : Math.hypot(...a.center.map((x, d) => x - b.center[d]!));
      if (distance > 0) worst = Math.max(worst, (sizes[i]! + sizes[j]!) / distance);
    }
    sum += worst;
  }
  return sum / clusters.length;
}
