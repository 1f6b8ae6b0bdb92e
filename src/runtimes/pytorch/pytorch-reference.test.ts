import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { viewModelFile } from '../../kit/view-model-file.js';
import type { LoadedModel, ModelRun, OutputRead, ReadValues } from '../../spec/model-runtime.js';
import { pytorch } from './pytorch-runtime.js';
import { feedsOf, referenceCases, rowsOf, widthOf, type ReferenceCase } from './reference-cases.test.fixture.js';

/** Of the value, as it must hold for every number. */
const RELATIVE = { float32: 1e-6, float64: 1e-12 };
/**
 * Of the largest number of the row, of its inputs or of this output, and at least of 1: what a sum in another order may differ by where it
 * cancels out, and what functions near 0 lose.
 */
const FLOOR = { float32: 5e-7, float64: 1e-12 };

const never = new AbortController().signal;
setMaxListeners(0, never);

interface Opened {
  readonly model: LoadedModel;
  readonly run: ModelRun;
  readonly reads: readonly OutputRead[];
}

async function open(reference: ReferenceCase): Promise<Opened> {
  const file = await viewModelFile(resolve(reference.path));
  assert.ok(pytorch.recognizes(file), reference.name);
  const context = {
    name: 'm',
    file,
    format: undefined,
    options: {},
    threads: 1,
    device: 'cpu',
    declaredInputs: reference.declared,
  } as const;
  const model = await pytorch.open(context);
  const prepared = await model.prepare(feedsOf(reference));
  const reads = [...reference.outputs].map(([name, tensor]): OutputRead => {
    const output = prepared.outputs.find(each => each.name === name);
    assert.ok(output, `${reference.name} has no output ${name}`);
    assert.equal(output.element, tensor.type, `${reference.name} ${name}`);
    assert.deepEqual(output.rowShape, tensor.shape.slice(1), `${reference.name} ${name}`);
    const form = tensor.type === 'bool' ? 'flags' : tensor.type === 'int64' ? 'longs' : 'numbers';
    return { output: name, width: output.width, offset: 0, count: output.width, form };
  });
  return { model, run: prepared.reading(reads), reads };
}

async function runRange({ run }: Opened, reference: ReferenceCase, from: number, to: number): Promise<readonly ReadValues[]> {
  const data = [...reference.inputs.values()].map(tensor => rowsOf(tensor, from, to));
  const { columns, failures } = await run(to - from, data, never);
  assert.deepEqual(failures, [], reference.name);
  return columns;
}

/** Largest finite magnitude of a row, and at least 1. */
function scaleOf(reference: ReferenceCase, row: number, want: ArrayLike<number | bigint>): number {
  let scale = 1;
  const look = (values: ArrayLike<number | bigint>): void => {
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(Number(values[i]));
      if (Number.isFinite(size) && size > scale) scale = size;
    }
  };
  look(want);
  for (const input of reference.inputs.values()) if (input.type.startsWith('float')) look(rowsOf(input, row, row + 1) as Float32Array);
  return scale;
}

function compare(reference: ReferenceCase, columns: readonly ReadValues[], from: number): void {
  for (const [i, [name, tensor]] of [...reference.outputs].entries()) {
    const width = widthOf(tensor.shape);
    const got = columns[i] as Float64Array;
    for (let row = 0; row < got.length / width; row++) {
      const want = rowsOf(tensor, from + row, from + row + 1) as Float32Array;
      const isFloat = tensor.type === 'float32' || tensor.type === 'float64';
      const tolerance = isFloat ? FLOOR[tensor.type] * scaleOf(reference, from + row, want) : 0;
      for (let j = 0; j < width; j++) {
        const [x, y] = [Number(want[j]), Number(got[row * width + j])];
        const same = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance + (isFloat ? RELATIVE[tensor.type] * Math.abs(x) : 0);
        assert.ok(same, `${reference.name} ${name} row ${from + row} value ${j}: PyTorch gave ${x}, got ${y}`);
      }
    }
  }
}

for (const version of ['torch-1.13', 'torch-2.15']) {
  for (const reference of referenceCases(version)) {
    test(`${reference.name} gives what PyTorch gives, alone and in any batch`, async () => {
      assert.ok(reference.rows >= 200);
      const opened = await open(reference);
      try {
        compare(reference, await runRange(opened, reference, 0, reference.rows), 0);
        for (let from = 0, size = 1; from < reference.rows; from += size, size = (size % 13) + 6) {
          compare(reference, await runRange(opened, reference, from, Math.min(reference.rows, from + size)), from);
        }
        for (let row = 90; row < reference.rows; row += 3) compare(reference, await runRange(opened, reference, row, row + 1), row);
      } finally {
        await opened.model.close();
      }
    });
  }
}
