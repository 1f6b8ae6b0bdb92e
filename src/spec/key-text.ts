import type { Value } from './batch.js';

/** Text that is equal for equal values of one type only, where NULL equals NULL; concatenated texts of several values stay apart. */
export function keyText(value: Value): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'number':
      // As in Flink, where keys are bits, the two zeros are two keys.
      return Object.is(value, -0) ? 'n-0;' : `n${value};`;
    case 'bigint':
      return `n${value};`;
    default:
      if (value === null) return '_';
      if (value instanceof Uint8Array) return `b${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')};`;
      if (value instanceof Map)
        return `m${value.size}:${[...value]
          .map(([k, v]) => keyText(k) + keyText(v))
          .toSorted()
          .join('')}`;
      return `a${(value as readonly Value[]).length}:${(value as readonly Value[]).map(keyText).join('')}`;
  }
}
