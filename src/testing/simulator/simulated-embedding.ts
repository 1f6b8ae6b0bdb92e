import { seededRandom } from '../../kit/seeded-random.js';

export interface SimulatedEmbedding {
  readonly seed: string;
  readonly input: string;
  readonly dimensions: number;
}

/** The unit vector that a simulated model gives for an input. */
export function simulatedEmbedding({ seed, input, dimensions }: SimulatedEmbedding): number[] {
  const random = seededRandom(`${seed}/embedding/${input}`);
  const vector = Array.from({ length: dimensions }, () => random() * 2 - 1);
  const length = Math.hypot(...vector);
  return vector.map(value => value / length);
}
