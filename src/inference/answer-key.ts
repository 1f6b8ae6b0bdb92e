import { hash } from 'node:crypto';
import { valueAt, type Batch, type Value } from '../spec/batch.js';

/**
 * Tells equal calls: SHA-256 of the model's identity and the inputs, as 43 characters of base64url.
 *
 * @param identity everything besides the inputs that the answer depends on: name, version, options, columns.
 * @param inputs the INPUT columns; `row` counts from 0.
 */
export function answerKey(identity: string, inputs: Batch, row: number): string {
  let text = identity;
  for (const column of inputs.columns) text += `;${canonical(valueAt(column, row))}`;
  return hash('sha256', text, 'base64url');
}

/** One text for each value, and no text for two: lengths stand in front of what could hold a separator. */
function canonical(value: Value): string {
  if (value === null) return '_';
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
    case 'bigint':
      return `n${value}`;
    case 'boolean':
      return `b${value}`;
    default:
      if (value instanceof Uint8Array) return `x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
      if (value instanceof Map)
        return `m${value.size}(${[...value].map(([key, item]) => `${canonical(key)}=${canonical(item)}`).join(',')})`;
      return `a${(value as readonly Value[]).length}(${(value as readonly Value[]).map(canonical).join(',')})`;
  }
}
