import { BIGINT } from '../../../spec/data-type.js';
import type { Value } from '../../../spec/batch.js';
import { any } from '../parameters.js';
import { objectAccumulator } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate } from './define-aggregate.js';
import { hashValue } from './hash-value.js';

/** HyperLogLog with 2^14 registers, whose standard error is 0.8 %; exact up to `EXACT_LIMIT` values. */
export const approxCountDistinct: AggregateFunction = defineAggregate({
  name: 'APPROX_COUNT_DISTINCT',
  signature: 'APPROX_COUNT_DISTINCT(value)',
  doc: 'About how many different values there are, NULLs left out: exact up to 1,000, beyond that with a standard error of 0.8 %, in 16 KiB a group.',
  examples: [{ sql: 'SELECT APPROX_COUNT_DISTINCT(x) FROM (VALUES (1), (2), (1), (NULL)) AS t (x)', result: '2' }],
  parameters: [any],
  returns: () => ({ ...BIGINT, nullable: false }),
  ofNoRows: 0,
  accumulator: () =>
    objectAccumulator<Sketch>({ create: () => ({ hashes: new Set(), registers: undefined }), add, merge, result: estimate }),
});

interface Sketch {
  /** Hashes of the values as long as they are few; 53 bits of each. */
  readonly hashes: Set<number>;
  /** Index bits to the highest place of the first 1 in the rest. */
  registers: Uint8Array | undefined;
}

const EXACT_LIMIT = 1_000;
const INDEX_BITS = 14;
const REGISTERS = 2 ** INDEX_BITS;
/** Bits of a hash that follow the index: 39, kept as a number below 2^39. */
const REST = 2 ** (53 - INDEX_BITS);

function add(sketch: Sketch, value: Value): void {
  addHash(sketch, hashValue(value));
}

function addHash(sketch: Sketch, hash: number): void {
  if (sketch.registers !== undefined) {
    register(sketch.registers, hash);
    return;
  }
  sketch.hashes.add(hash);
  if (sketch.hashes.size <= EXACT_LIMIT) return;
  sketch.registers = new Uint8Array(REGISTERS);
  for (const each of sketch.hashes) register(sketch.registers, each);
  sketch.hashes.clear();
}

function register(registers: Uint8Array, hash: number): void {
  const index = Math.floor(hash / REST);
  const rest = hash % REST;
  const place = rest === 0 ? 54 - INDEX_BITS : 53 - INDEX_BITS - Math.floor(Math.log2(rest));
  if (place > registers[index]!) registers[index] = place;
}

function merge(sketch: Sketch, other: Sketch): void {
  for (const hash of other.hashes) addHash(sketch, hash);
  if (other.registers === undefined) return;
  if (sketch.registers === undefined) {
    sketch.registers = other.registers;
    for (const hash of sketch.hashes) register(sketch.registers, hash);
    sketch.hashes.clear();
    return;
  }
  for (let i = 0; i < REGISTERS; i++) if (other.registers[i]! > sketch.registers[i]!) sketch.registers[i] = other.registers[i]!;
}

function estimate({ hashes, registers }: Sketch): number {
  if (registers === undefined) return hashes.size;
  let sum = 0;
  let empty = 0;
  for (const place of registers) {
    sum += 2 ** -place;
    if (place === 0) empty++;
  }
  const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / sum;
  // Few values are counted better by how many registers they left empty.
  return Math.round(raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw);
}
