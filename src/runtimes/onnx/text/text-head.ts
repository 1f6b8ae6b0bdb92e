import { elementsOf, type SessionTensor } from '../../../kit/onnx/session-run.js';
import { bestOf, scoresOf } from './class-scores.js';
import { normalizeLength, pool } from './pooling.js';
import type { TextHead } from './text-protocol.js';

/** What a row of a run gave, by the name of an output of the text model; vectors of tokens have their number in front. */
export type TextAnswer = Readonly<Record<string, Float64Array | readonly string[]>>;

/** A row of a run. */
export interface RunRow {
  readonly row: number;
  /** Tokens of each row, with padding. */
  readonly length: number;
  /** Tokens of this one are from `from` on and before `to`. */
  readonly from: number;
  readonly to: number;
}

/** Names of what a text model gives, over those of the file. */
export const TEXT_OUTPUTS = {
  embedding: 'embedding',
  tokens: 'token_embeddings',
  label: 'label',
  score: 'score',
  probabilities: 'probabilities',
  values: 'values',
  logits: 'logits',
} as const;

/** What one row of the head's output becomes; numbers are rounded to floats, as the model's are. */
export function answerOf(head: TextHead, tensor: SessionTensor, { row, length, from, to }: RunRow): TextAnswer {
  const values = elementsOf(tensor) as Float64Array;
  const width = tensor.dims.at(-1)!;
  switch (head.kind) {
    case 'embedding': {
      const vectors = { values, offset: row * length * width, width, from, to };
      if (head.pooling === 'none') {
        const tokens = Float64Array.from(values.subarray(vectors.offset + from * width, vectors.offset + to * width));
        return { [TEXT_OUTPUTS.tokens]: tokens };
      }
      const vector = pool(head.pooling, vectors);
      return { [TEXT_OUTPUTS.embedding]: rounded(head.normalize ? normalizeLength(vector) : vector) };
    }
    case 'vector': {
      const vector = Float64Array.from(values.subarray(row * width, (row + 1) * width));
      return { [TEXT_OUTPUTS.embedding]: rounded(head.normalize ? normalizeLength(vector) : vector) };
    }
    case 'classes': {
      const scores = rounded(scoresOf(values, { offset: row * width, width, activation: head.activation }));
      const best = bestOf(scores);
      return {
        [TEXT_OUTPUTS.label]: [head.labels[best]!],
        [TEXT_OUTPUTS.score]: scores.subarray(best, best + 1),
        [TEXT_OUTPUTS.probabilities]: scores,
        [TEXT_OUTPUTS.values]: scores,
        [TEXT_OUTPUTS.logits]: Float64Array.from(values.subarray(row * width, (row + 1) * width)),
      };
    }
  }
}

function rounded(values: Float64Array): Float64Array {
  return values.map(Math.fround);
}
