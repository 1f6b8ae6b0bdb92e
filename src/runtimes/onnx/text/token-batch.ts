import type { TensorData } from '../../../spec/element-type.js';
import { allocate } from '../../../spec/element-type.js';
import type { TokenizedText } from './token-template.js';
import type { PaddingSpec, TokenInput } from './text-protocol.js';

/** Rows whose tensors have the same length. */
export interface TokenGroup {
  /** Tokens in a row, with padding. */
  readonly length: number;
  /** Indexes into the tokenized texts. */
  readonly rows: readonly number[];
}

/** Tokens of a run: bounds its memory. */
const TOKENS_PER_RUN = 16_384;

/**
 * Rows by the length that their own tokens are padded to: since that length is the same in any batch, and padding is masked, so is
 * the answer, to the last bit. Short groups first.
 */
export function groupByLength(tokens: readonly (TokenizedText | undefined)[], padding: PaddingSpec): TokenGroup[] {
  const groups = new Map<number, number[]>();
  for (const [row, text] of tokens.entries()) {
    if (text === undefined) continue;
    const length = paddedLength(text.ids.length, padding);
    const group = groups.get(length);
    if (group) group.push(row);
    else groups.set(length, [row]);
  }
  const sorted = [...groups].toSorted(([a], [b]) => a - b);
  return sorted.flatMap(([length, rows]) => {
    const step = padding.fixedRows ?? Math.max(1, Math.floor(TOKENS_PER_RUN / length));
    return Array.from({ length: Math.ceil(rows.length / step) }, (_, i) => ({ length, rows: rows.slice(i * step, (i + 1) * step) }));
  });
}

/** The next of a few lengths; exactly the tokens where the model has no mask to tell padding by. */
export function paddedLength(tokens: number, { inputs, fixedLength }: PaddingSpec): number {
  if (fixedLength !== undefined) return fixedLength;
  const hasMask = inputs.some(({ name }) => name === 'attention_mask');
  const step = !hasMask ? 1 : tokens <= 32 ? 8 : tokens <= 128 ? 16 : 32;
  return Math.max(1, Math.ceil(tokens / step) * step);
}

/** Where the tokens of a row stand in its padded row: before `to`, from `from` on. */
export function placeOf(tokens: number, length: number, side: PaddingSpec['side']): { readonly from: number; readonly to: number } {
  return side === 'left' ? { from: length - tokens, to: length } : { from: 0, to: tokens };
}

/** The tensors of a group, by input: `size` rows, of which those after the group's are copies of its last. */
export function tensorsOf(
  { length, rows }: TokenGroup,
  { tokens, padding, size }: { tokens: readonly (TokenizedText | undefined)[]; padding: PaddingSpec; size: number },
): TensorData[] {
  return padding.inputs.map(input => {
    const data = allocate(input.element, size * length) as Int32Array;
    const write = writer(input, data);
    for (let row = 0; row < size; row++) {
      const text = tokens[rows[Math.min(row, rows.length - 1)]!]!;
      const { from } = placeOf(text.ids.length, length, padding.side);
      const offset = row * length;
      if (input.name === 'input_ids') for (let i = 0; i < length; i++) write(offset + i, padding.padId);
      for (let i = 0; i < text.ids.length; i++) write(offset + from + i, valueOf(input, text, i));
    }
    return data;
  });
}

function valueOf({ name }: TokenInput, text: TokenizedText, place: number): number {
  switch (name) {
    case 'input_ids':
      return text.ids[place]!;
    case 'token_type_ids':
      return text.types[place]!;
    case 'attention_mask':
      return 1;
    case 'position_ids':
      return place;
  }
}

/** Token numbers fit 32 bits, so of a 64-bit integer only the lower half is written, without a bigint for each. */
function writer({ element }: TokenInput, data: TensorData): (at: number, value: number) => void {
  if (element !== 'int64') {
    return (at, value) => {
      (data as Int32Array)[at] = value;
    };
  }
  const halves = new Int32Array((data as BigInt64Array).buffer);
  return (at, value) => {
    halves[2 * at] = value;
  };
}
