import { fingerprint64 } from 'farmhash-modern';
import { numbersOf, stringsOf, tensorOf, type Tensor } from '../model/tensor.js';
import type { Kernel } from './kernel.js';

const MULTIPLIER = 0xc6a4a7935bd1e995n;
/** Most crosses of one batch. */
const MAX_CROSSES = 4_194_304;

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}

/** One fingerprint of two (`FingerprintCat64` of tensorflow/core/platform/fingerprint.h). */
export function concatenateFingerprints(first: bigint, second: bigint): bigint {
  let result = first ^ MULTIPLIER;
  result ^= u64(shiftMix(u64(second * MULTIPLIER)) * MULTIPLIER);
  result = u64(result * MULTIPLIER);
  result = u64(shiftMix(result) * MULTIPLIER);
  return shiftMix(result);
}

/** Fingerprints of a sparse or dense column, by row. */
function byRow(values: Tensor, indices: Tensor | undefined, rows: number): bigint[][] {
  const prints =
    values.element === 'string' ? stringsOf(values).map(text => fingerprint64(text)) : Array.from(values.data as BigInt64Array, u64);
  if (indices === undefined) {
    const width = values.shape[1] ?? 1;
    return Array.from({ length: rows }, (_, row) => prints.slice(row * width, (row + 1) * width));
  }
  const result: bigint[][] = Array.from({ length: rows }, () => []);
  const flat = numbersOf(indices);
  prints.forEach((print, i) => result[flat[i * 2]!]!.push(print));
  return result;
}

/** Every combination of one value of each column, hashed into buckets (`SparseCross`), the last column changing first. */
export const sparseCross: Kernel = (inputs, attributes) => {
  if (!attributes.bool('hashed_output', false)) throw new Error('of texts that are not hashed');
  const count = attributes.int('N', 0);
  const indices = inputs.slice(0, count);
  const values = inputs.slice(count, 2 * count);
  const shapes = inputs.slice(2 * count, 3 * count);
  const dense = inputs.slice(3 * count);
  const rows = shapes.length > 0 ? numbersOf(shapes[0]!)[0]! : dense[0]!.shape[0]!;
  if (!(rows >= 0 && rows <= MAX_CROSSES)) throw new RangeError(`${rows} rows`);
  const columns = [...values.map((tensor, i) => byRow(tensor, indices[i], rows)), ...dense.map(tensor => byRow(tensor, undefined, rows))];
  const buckets = BigInt(attributes.int('num_buckets', 0));
  const key = BigInt(attributes.int('hash_key', 0));
  const places: number[] = [];
  const crossed: bigint[] = [];
  let widest = 0;
  for (let row = 0; row < rows; row += 1) {
    const hashes = columns.reduce<bigint[]>(
      (all, column) => {
        if (all.length * column[row]!.length > MAX_CROSSES) throw new RangeError('too many crosses');
        return all.flatMap(hash => column[row]!.map(print => concatenateFingerprints(hash, print)));
      },
      [u64(key)],
    );
    hashes.forEach((hash, i) => {
      places.push(row, i);
      crossed.push(buckets > 0n ? hash % buckets : hash % (2n ** 63n - 1n));
    });
    widest = Math.max(widest, hashes.length);
  }
  return [
    tensorOf('int64', [crossed.length, 2], places),
    tensorOf('int64', [crossed.length], crossed),
    tensorOf('int64', [2], [rows, widest]),
  ];
};
