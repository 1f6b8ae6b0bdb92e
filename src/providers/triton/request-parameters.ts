import { MillraceError } from '../../common/error.js';
import type { TritonOptions } from './triton-options.js';

const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * The `parameters` of every request, by name, each as JSON text: priority, and the sequence with its ends.
 *
 * @throws {MillraceError} `INVALID_OPTION` for an end of a sequence without a sequence.
 */
export function requestParameters(options: TritonOptions): ReadonlyMap<string, string> {
  const id = options['sequence-id'];
  const end = (['sequence-start', 'sequence-end'] as const).find(key => options[key]);
  if (end !== undefined && (id === undefined || id.trim() === '' || id.trim() === '0')) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `"${end}" is true, and no "sequence-id" says which sequence`,
      notes: [{ message: `add a "sequence-id" that is neither 0 nor empty, or leave "${end}" out` }],
    });
  }
  return new Map([
    ...(options.priority === undefined ? [] : [['priority', String(options.priority)] as const]),
    ...(id === undefined ? [] : [['sequence_id', sequenceId(id)] as const]),
    ...(id === undefined ? [] : [['sequence_start', String(options['sequence-start'])] as const]),
    ...(id === undefined ? [] : [['sequence_end', String(options['sequence-end'])] as const]),
  ]);
}

/** A number where it is one of 64 bits without a sign, else a string. */
function sequenceId(id: string): string {
  const text = id.trim();
  return /^\d+$/.test(text) && BigInt(text) <= MAX_UINT64 ? BigInt(text).toString() : JSON.stringify(text);
}
