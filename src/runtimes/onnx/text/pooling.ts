/** How the vectors of tokens become one of the text. */
export const POOLINGS = ['mean', 'cls', 'max', 'last', 'mean-sqrt-length', 'weighted-mean', 'none'] as const;
export type Pooling = (typeof POOLINGS)[number];

/** The vectors of the tokens of one text, side by side; those outside `from` and `to` are padding. */
export interface TokenVectors {
  readonly values: ArrayLike<number>;
  /** Where the first token's vector begins. */
  readonly offset: number;
  readonly width: number;
  /** Tokens from `from` on and before `to` are of the text. */
  readonly from: number;
  readonly to: number;
}

/**
 * One vector for a text, in double precision, as https://sbert.net/docs/package_reference/sentence_transformer/modules.html
 * describes: a text without tokens gives zeros.
 */
export function pool(pooling: Exclude<Pooling, 'none'>, vectors: TokenVectors): Float64Array {
  const { from, to, width } = vectors;
  switch (pooling) {
    case 'mean':
      return weighted(vectors, { weight: () => 1, divisor: Math.max(to - from, 1e-9) });
    case 'mean-sqrt-length':
      return weighted(vectors, { weight: () => 1, divisor: Math.sqrt(Math.max(to - from, 1e-9)) });
    case 'weighted-mean': {
      // The weight of a token is its place, counted from 1 over the padding too.
      const sum = ((from + 1 + to) * (to - from)) / 2;
      return weighted(vectors, { weight: place => place + 1, divisor: Math.max(sum, 1e-9) });
    }
    case 'cls':
      return to > from ? vectorAt(vectors, from) : new Float64Array(width);
    case 'last':
      return to > from ? vectorAt(vectors, to - 1) : new Float64Array(width);
    case 'max':
      return maximum(vectors);
  }
}

function weighted(
  { values, offset, width, from, to }: TokenVectors,
  { weight, divisor }: { weight: (place: number) => number; divisor: number },
): Float64Array {
  const sums = new Float64Array(width);
  for (let place = from, at = offset + from * width; place < to; place++, at += width) {
    const factor = weight(place);
    for (let i = 0; i < width; i++) sums[i]! += factor * values[at + i]!;
  }
  for (let i = 0; i < width; i++) sums[i]! /= divisor;
  return sums;
}

function vectorAt({ values, offset, width }: TokenVectors, place: number): Float64Array {
  return Float64Array.from({ length: width }, (_, i) => values[offset + place * width + i]!);
}

function maximum({ values, offset, width, from, to }: TokenVectors): Float64Array {
  const largest = new Float64Array(width).fill(to > from ? -Infinity : 0);
  for (let place = from, at = offset + from * width; place < to; place++, at += width) {
    for (let i = 0; i < width; i++) largest[i] = Math.max(largest[i]!, values[at + i]!);
  }
  return largest;
}

/** Divides by the Euclidean length, in place; zeros stay zeros. */
export function normalizeLength(vector: Float64Array): Float64Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.max(Math.sqrt(squares), 1e-12);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}
