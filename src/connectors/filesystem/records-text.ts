import type { Batch } from '../../spec/batch.js';
import type { Encoder } from '../../spec/format.js';

/** The rows of a batch as lines, each with its line end. */
export function recordsText(encoder: Encoder, batch: Batch): string {
  return `${encoder.encode(batch).join('\n')}\n`;
}
