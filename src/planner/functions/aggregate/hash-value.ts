import type { Value } from '../../../spec/batch.js';
import { keyText } from '../../../spec/key-text.js';

/** 53 well mixed bits, as a number; equal for equal values. */
export function hashValue(value: Value): number {
  const text = typeof value === 'string' ? value : keyText(value);
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x5bd1e995);
    b = Math.imul(b ^ unit, 0xcc9e2d51);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  return (mix(a ^ mix(b)) >>> 0) * 2 ** 21 + (mix(b ^ text.length) >>> 11);
}

/** The finish of MurmurHash3: every bit of the input moves half of the output. */
function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
