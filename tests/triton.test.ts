import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSession, type Session } from 'millrace';
import { startTritonSimulator, type SimulatedTensorModel, type TritonSimulator } from 'millrace/testing';

/** The length of a text. */
const lengths: SimulatedTensorModel = {
  name: 'lengths',
  maxBatchSize: 8,
  inputs: [{ name: 'text', datatype: 'BYTES', dims: [1] }],
  outputs: [{ name: 'length', datatype: 'INT64', dims: [1] }],
  run(inputs) {
    const { shape, data } = inputs.get('text')!;
    const texts = Array.from(data as Uint8Array[], item => Buffer.from(item).toString());
    return [{ name: 'length', datatype: 'INT64', shape, data: BigInt64Array.from(texts, text => BigInt(text.length)) }];
  },
};

/** The sum of a row of any length. */
const sums: SimulatedTensorModel = {
  name: 'sums',
  maxBatchSize: 64,
  inputs: [{ name: 'x', datatype: 'FP64', dims: [-1] }],
  outputs: [{ name: 'sum', datatype: 'FP64', dims: [1] }],
  run(inputs) {
    const { shape, data } = inputs.get('x')!;
    const [rows = 0, width = 0] = shape;
    const values = data as Float64Array;
    const totals = Float64Array.from({ length: rows }, (_, row) =>
      values.subarray(row * width, (row + 1) * width).reduce((total, value) => total + value, 0),
    );
    return [{ name: 'sum', datatype: 'FP64', shape: [rows, 1], data: totals }];
  },
};

async function within(
  settings: Parameters<typeof startTritonSimulator>[0],
  run: (session: Session, simulator: TritonSimulator) => Promise<void>,
): Promise<void> {
  const simulator = await startTritonSimulator(settings, [lengths, sums]);
  let ids = 0;
  const session = createSession({ newId: () => `call-${++ids}` });
  try {
    await run(session, simulator);
  } finally {
    await session.close();
    await simulator.close();
  }
}

interface Measured {
  readonly id: bigint;
  readonly length: bigint | null;
}

async function measure(session: Session, simulator: TritonSimulator, texts: readonly (string | null)[], options = ''): Promise<Measured[]> {
  await session.registerTable(
    'texts',
    texts.map((text, id) => ({ id, text })),
    { columns: { id: 'BIGINT NOT NULL', text: 'STRING' } },
  );
  await session.execute(`CREATE MODEL gauge INPUT (text STRING) OUTPUT (length BIGINT)
    WITH ('provider' = 'triton', 'endpoint' = '${simulator.url}', 'model' = 'lengths', 'retry.initial-delay' = '1 ms' ${options})`);
  const rows: Measured[] = [];
  for await (const row of session.query<Measured & { text: string }>(
    'SELECT id, length FROM ML_PREDICT(TABLE texts, MODEL gauge, DESCRIPTOR(text))',
  ))
    rows.push({ id: row.id, length: row.length });
  return rows;
}

const TEXTS = Array.from({ length: 100 }, (_, i) => 'x'.repeat(i));
const MEASURED = TEXTS.map((text, i) => ({ id: BigInt(i), length: BigInt(text.length) }));

test('rows share requests up to max_batch_size, and leave in order', () =>
  within({}, async (session, simulator) => {
    assert.deepEqual(await measure(session, simulator, TEXTS), MEASURED);
    const { answeredInputs, uniqueInputs, byStatus } = simulator.stats();
    assert.deepEqual([answeredInputs, uniqueInputs], [100, 100]);
    // Four questions when the model opens, then full requests of eight but for the last.
    assert.equal(byStatus['200'], 4 + Math.ceil(100 / 8));
  }));

for (const binary of ['true', 'false']) {
  test(`faults of a server lose no row, binary ${binary}`, () =>
    within({ 'error-503-rate': 0.1, 'reset-rate': 0.1, 'truncated-rate': 0.1, 'html-rate': 0.1 }, async (session, simulator) => {
      const options = `, 'binary' = '${binary}', 'max-retries' = '20', 'batch.size' = '2'`;
      assert.deepEqual(await measure(session, simulator, TEXTS, options), MEASURED);
      const { faults } = simulator.stats();
      assert.deepEqual(Object.keys(faults).toSorted(), ['error-503', 'html', 'reset', 'truncated']);
    }));
}

test('a row with NULL goes its own way, and the rows beside it are answered', () =>
  within({}, async (session, simulator) => {
    const rows = await measure(session, simulator, ['a', null, 'ccc'], ", 'on-error' = 'null'");
    assert.deepEqual(
      rows.map(({ length }) => length),
      [1n, null, 3n],
    );
  }));

test('default-value is the answer of such a row', () =>
  within({}, async (session, simulator) => {
    const rows = await measure(session, simulator, ['a', null, 'ccc'], ", 'default-value' = '-1'");
    assert.deepEqual(
      rows.map(({ length }) => length),
      [1n, -1n, 3n],
    );
  }));

test('rows with ARRAYs of different lengths are answered, each once', () =>
  within({}, async (session, simulator) => {
    const rows = Array.from({ length: 60 }, (_, id) => ({ id, x: Array.from({ length: 1 + (id % 3) }, () => id) }));
    await session.registerTable('vectors', rows, { columns: { id: 'BIGINT NOT NULL', x: 'ARRAY<DOUBLE>' } });
    await session.execute(`CREATE MODEL adder INPUT (x ARRAY<DOUBLE>) OUTPUT (total DOUBLE)
      WITH ('provider' = 'triton', 'endpoint' = '${simulator.url}', 'model' = 'sums')`);
    const totals: number[] = [];
    for await (const { total } of session.query<{ total: number }>(
      'SELECT total FROM ML_PREDICT(TABLE vectors, MODEL adder, DESCRIPTOR(x))',
    ))
      totals.push(total);
    assert.deepEqual(
      totals,
      rows.map(({ x }) => x.reduce((sum, value) => sum + value, 0)),
    );
    assert.equal(simulator.stats().repeatedInputs, 0);
  }));
