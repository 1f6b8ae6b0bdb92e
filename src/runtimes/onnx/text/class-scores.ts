/** What turns the logits of a text into its scores. */
export type Activation = 'softmax' | 'sigmoid' | 'identity';

/** The scores of `width` logits from `offset` on, in double precision. */
export function scoresOf(
  logits: ArrayLike<number>,
  { offset, width, activation }: { offset: number; width: number; activation: Activation },
): Float64Array {
  const values = Float64Array.from({ length: width }, (_, i) => logits[offset + i]!);
  switch (activation) {
    case 'identity':
      return values;
    case 'sigmoid':
      return values.map(value => 1 / (1 + Math.exp(-value)));
    case 'softmax': {
      const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
      const powers = values.map(value => Math.exp(value - largest));
      const sum = powers.reduce((total, power) => total + power, 0);
      return powers.map(power => power / sum);
    }
  }
}

/** The place of the largest score, the first of equal ones. */
export function bestOf(scores: Float64Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}
