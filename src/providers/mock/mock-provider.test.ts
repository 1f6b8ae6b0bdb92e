import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, type Clock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, rowAt, type Value } from '../../spec/batch.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  timestamp,
  type DataType,
  type Field,
} from '../../spec/data-type.js';
import type { Model, ModelResult } from '../../spec/provider.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { providerContract } from '../../testing/provider-contract.js';
import { mock } from './mock-provider.js';

const INPUTS: readonly Field[] = [
  { name: 'id', type: INT },
  { name: 'text', type: STRING },
];

interface OpenInit {
  readonly options?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, DataType>>;
  readonly clock?: Clock;
}

function open({ options = {}, outputs = { answer: STRING }, clock = systemClock }: OpenInit = {}): Model {
  return mock.openModel({
    name: 'm',
    options: mock.options.parse(options),
    inputs: INPUTS,
    outputs: Object.entries(outputs).map(([name, type]) => ({ name, type })),
    http: { request: () => assert.fail('no network is needed') },
    clock,
    random: () => assert.fail('answers depend on the inputs only'),
    openModelFile: () => assert.fail('no runtime is needed'),
  }) as Model;
}

async function answers(model: Model, rows: readonly (readonly Value[])[], callId = 'c'): Promise<Value[][]> {
  const { outputs } = await call(model, rows, callId);
  return rows.map((_, row) => rowAt({ kind: 'batch', rowCount: rows.length, columns: outputs }, row));
}

function call(model: Model, rows: readonly (readonly Value[])[], callId = 'c'): Promise<ModelResult> {
  return model.predict(batchOfRows(INPUTS, rows), { signal: new AbortController().signal, callId });
}

providerContract({
  name: 'mock',
  // There is no connection to break, and no account.
  except: [
    ...(['reset', 'half-closed', 'truncated', 'empty', 'error-body', 'html', 'unknown', 'leak', 'out-of-quota'] as const),
    ...(['limited', 'retry-after', 'request-id', 'quota'] as const),
  ],
  open(condition) {
    let requests = 0;
    let inFlight = 0;
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        requests++;
        inFlight++;
        return systemClock.sleep(ms, signal).finally(() => inFlight--);
      },
    };
    const failing = condition.kind === 'status' ? { 'failure-rate': '1', 'failure.status': String(condition.status) } : {};
    return Promise.resolve({
      model: open({ options: { latency: condition.kind === 'slow' ? '1 h' : '1 ms', ...failing }, clock }),
      inputs: batchOfRows(INPUTS, [
        [1, 'one'],
        [2, 'two'],
      ]),
      requests: () => requests,
      inFlight: () => inFlight,
      close: () => Promise.resolve(),
    });
  },
});

test('equal inputs give equal answers, in any batch and any model of the same seed and name', async () => {
  const rows = [
    [1, 'a'],
    [2, 'b'],
    [1, 'a'],
  ];
  const [first, second, third] = await answers(open(), rows);
  assert.deepEqual(first, third);
  assert.notDeepEqual(first, second);
  assert.deepEqual(await answers(open(), [[2, 'b']]), [second]);
  assert.notDeepEqual(await answers(open({ options: { seed: '1' } }), [[2, 'b']]), [second]);
  assert.notDeepEqual(await answers(open({ options: { model: 'other' } }), [[2, 'b']]), [second]);
});

test('"answer" is a template over the inputs, for every STRING', async () => {
  const model = open({
    options: { answer: 'explained {{id}}: {{text}}' },
    outputs: { a: STRING, n: { kind: 'ROW', fields: [{ name: 's', type: STRING }], nullable: true } },
  });
  assert.deepEqual(await answers(model, [[7, '<x>']]), [['explained 7: <x>', ['explained 7: <x>']]]);
  assert.throws(() => open({ options: { answer: '{{nothing}}' } }), { code: 'INVALID_OPTION' });
});

test('values are of the declared types', async () => {
  const outputs = {
    d: DOUBLE,
    f: FLOAT,
    i: INT,
    l: BIGINT,
    m: decimal(5, 2),
    b: BOOLEAN,
    y: BYTES,
    day: DATE,
    at: timestamp(3),
    v: arrayOf(FLOAT),
    c: { kind: 'CHAR', length: 4, nullable: true } as DataType,
  };
  const rows = Array.from({ length: 50 }, (_, id) => [id, 'x']);
  for (const [d, f, i, l, m, b, y, day, at, v, c] of await answers(open({ options: { dimension: '3' }, outputs }), rows)) {
    assert.ok(typeof d === 'number' && d >= 0 && d < 1);
    assert.ok(typeof f === 'number' && f === Math.fround(f) && f < 1);
    assert.ok([i, l].every(value => Number.isInteger(value)));
    assert.ok(Number.isInteger(m) && (m as number) < 100);
    assert.equal(typeof b, 'boolean');
    assert.ok(y instanceof Uint8Array);
    assert.ok(Number.isInteger(day) && Number.isInteger(at) && (at as number) % 1_000 === 0);
    assert.equal((v as Value[]).length, 3);
    assert.equal((c as string).length, 4);
  }
});

test('failures depend on the inputs and the attempt, and strike their share', async () => {
  const statuses = async (callId: string): Promise<(number | undefined)[]> => {
    const model = open({ options: { 'failure-rate': '0.3', 'failure.status': '429,500' } });
    const outcomes: (number | undefined)[] = [];
    for (let id = 0; id < 400; id++) {
      const outcome = await call(model, [[id, 'x']], `${callId}-${id}`).then(
        () => undefined,
        (error: unknown) => error,
      );
      outcomes.push(
        outcome === undefined ? undefined : MillraceError.is(outcome) ? outcome.context.httpStatus : assert.fail('no MillraceError'),
      );
    }
    return outcomes;
  };
  const first = await statuses('a');
  assert.deepEqual(await statuses('b'), first);
  const failures = first.filter(status => status !== undefined);
  assert.ok(failures.length > 80 && failures.length < 160, String(failures.length));
  assert.deepEqual(new Set(failures), new Set([429, 500]));
});

test('a call that failed succeeds at some later attempt', async () => {
  const model = open({ options: { 'failure-rate': '0.5' } });
  for (let id = 0; id < 20; id++) {
    let attempts = 0;
    while (
      attempts < 50 &&
      (await call(model, [[id, 'x']], `c-${id}`).then(
        () => false,
        () => true,
      ))
    )
      attempts++;
    assert.ok(attempts < 50);
  }
});

test('latency and its jitter are waited for', async () => {
  const clock = createFakeClock();
  const model = open({ options: { latency: '1 s', 'latency.jitter': '1 s' }, clock });
  const done: number[] = [];
  const calls = Array.from({ length: 20 }, (_, id) => call(model, [[id, 'x']], `c-${id}`).then(() => done.push(clock.monotonic())));
  await clock.advance(999);
  assert.equal(done.length, 0);
  await clock.advance(1_001);
  await Promise.all(calls);
  assert.ok(done.every(at => at >= 1_000 && at <= 2_000));
  assert.ok(new Set(done).size > 10);
});

test('statuses that are none are refused', () => {
  for (const text of ['200', 'x', '']) assert.ok(!mock.options.safeParse({ 'failure.status': text }).success, text);
});
