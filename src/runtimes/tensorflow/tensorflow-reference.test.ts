import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadedModel } from '../../spec/model-runtime.js';
import { numberOf, openModel, prepareReference, references, type Reference } from './reference.test.fixture.js';

/** Fixtures that TensorFlow runs, and that are refused here. */
const REFUSED = new Set(['unsupported', 'counter']);
/** Of a float32, and of a float64. */
const TOLERANCE = { float32: 1e-6, float64: 1e-12 } as const;

for (const reference of references()) {
  if (REFUSED.has(reference.name)) continue;
  test(`${reference.name} answers as TensorFlow does: at once, row by row, and in odd parts`, async () => {
    const model = await openModel(reference.path, { signature: reference.signature });
    try {
      await checkAll(model, reference);
    } finally {
      await model.close();
    }
  });
}

async function checkAll(model: LoadedModel, reference: Reference): Promise<void> {
  assert.deepEqual(model.inputs.map(({ name }) => name).toSorted(), Object.keys(reference.inputs).toSorted());
  const prepared = await prepareReference(model, reference);
  assert.ok(prepared.rows >= 200);
  for (const size of [prepared.rows, 1, 7, 33]) {
    for (let from = 0; from < prepared.rows; from += size) {
      const to = Math.min(from + size, prepared.rows);
      const { columns, failures } = await prepared.run(from, to);
      assert.deepEqual(failures, []);
      for (const [i, { output, width }] of prepared.reads.entries()) {
        const { type, values } = reference.outputs[output]!;
        const expected = values.slice(from * width, to * width);
        assert.equal(columns[i]!.length, expected.length);
        expected.forEach((value, at) => {
          const problem = difference(columns[i]![at]!, value, type);
          assert.ok(problem === undefined, `${output}, row ${from + Math.floor(at / width)}, in parts of ${size}: ${problem}`);
        });
      }
    }
  }
}

/**
 * Floats differ in the order of their sums, so that what is left of a sum that cancels differs by a part of what was summed:
 * values below 1 are compared by their distance.
 */
function difference(actual: number | bigint | string, expected: number | string | boolean | null, type: string): string | undefined {
  if (type !== 'float32' && type !== 'float64') {
    const wanted = typeof expected === 'boolean' ? Number(expected) : expected;
    return String(actual) === String(wanted) ? undefined : `${actual} for ${expected}`;
  }
  const wanted = numberOf(expected);
  if (Object.is(actual, wanted) || actual === wanted) return undefined;
  const distance = Math.abs(Number(actual) - wanted);
  return distance <= TOLERANCE[type] * Math.max(1, Math.abs(wanted)) ? undefined : `${actual} for ${wanted}`;
}
