import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { extensions } from '../extensions.js';
import { encodeOnnxModel, type OnnxGraph } from '../kit/onnx/onnx-graph.js';
import type { LoadedModel } from '../spec/model-runtime.js';
import { startS3Simulator, type S3Simulator } from '../testing/s3-simulator/s3-simulator.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { createSession } from './create-session.js';

/** A model that gives `factor` times its input, with so many weights that its download takes a while. */
function scaling(factor: number, input = 'x'): Buffer {
  const graph: OnnxGraph = {
    name: 'scaling',
    inputs: [{ name: input, element: 'float64', shape: ['N', 1] }],
    outputs: [{ name: 'y', element: 'float64', shape: ['N', 1] }],
    constants: [
      { name: 'factor', element: 'float64', dims: [1], data: new Uint8Array(Float64Array.of(factor).buffer) },
      { name: 'zeros', element: 'float64', dims: [20_000], data: new Uint8Array(160_000) },
    ],
    nodes: [
      { opType: 'ReduceSum', inputs: ['zeros'], outputs: ['nothing'], attributes: { keepdims: { i: 0 } } },
      { opType: 'Mul', inputs: [input, 'factor'], outputs: ['scaled'] },
      { opType: 'Add', inputs: ['scaled', 'nothing'], outputs: ['y'] },
    ],
  };
  return Buffer.from(encodeOnnxModel(graph));
}

function versionOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 12);
}

interface Answer {
  readonly id: number | null;
  readonly y: number | null;
  readonly v: string | null;
}

interface Bench {
  readonly s3: S3Simulator;
  readonly folder: string;
  /** Models of the runtime that are open. */
  readonly open: Set<LoadedModel>;
  readonly lines: string[];
  put(body: Buffer): void;
  run(options: {
    rows: () => AsyncIterable<{ id: number }>;
    write: (row: Answer) => void;
    more?: string;
    signal: AbortSignal;
    state?: string;
    interval?: string;
  }): Promise<void>;
}

async function bench(context: TestContext): Promise<Bench> {
  const s3 = await startS3Simulator();
  const { path, remove } = await temporaryFolder();
  context.after(async () => {
    await s3.close();
    await remove();
  });
  const open = new Set<LoadedModel>();
  const lines: string[] = [];
  const line = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const onnx = await extensions.runtimes['onnx']!();
  const counted: typeof onnx = {
    ...onnx,
    async open(init) {
      const model = await onnx.open(init);
      open.add(model);
      return {
        ...model,
        prepare: feeds => model.prepare(feeds),
        async close() {
          open.delete(model);
          await model.close();
        },
      };
    },
  };
  return {
    s3,
    folder: path,
    open,
    lines,
    put: body => s3.put('models', 'm.onnx', body),
    async run({ rows, write, more = '', signal, state, interval = '100 ms' }) {
      const session = createSession({
        extensions: { ...extensions, runtimes: { onnx: async () => counted } },
        log: { debug() {}, info: line, warn: line, error: line },
        settings: {
          'execution.checkpointing.interval': interval,
          'model.cache.path': join(path, 'cache'),
          'pipeline.batch.max-latency': '2 ms',
        },
        ...(state !== undefined && { stateDirectory: state }),
      });
      try {
        await session.registerTable('ticks', rows, { columns: { id: 'DOUBLE' }, unbounded: true });
        await session.registerSink('answers', write, { columns: { id: 'DOUBLE', y: 'DOUBLE', v: 'STRING' } });
        await session.execute(`
          CREATE MODEL m INPUT (x DOUBLE) OUTPUT (y DOUBLE, v STRING METADATA FROM 'model-version') WITH (
            'provider' = 'local', 'model-path' = 's3://models/m.onnx', 'model.s3.endpoint' = '${s3.url}', 'model.s3.anonymous' = 'true',
            'model.refresh-interval' = '50 ms'${more});
        `);
        const insert = 'INSERT INTO answers SELECT id, y, v FROM ML_PREDICT(TABLE ticks, MODEL m, DESCRIPTOR(id))';
        const [result] = await session.execute(insert, { signal });
        assert.ok(result?.kind === 'job');
        // The signal cancels it, which ends it as a crash would.
        await result.job.settled.catch(thrown => {
          signal.throwIfAborted();
          throw thrown;
        });
      } finally {
        await session.close();
      }
    },
  };
}

/** One row after the other, slower from row `quick` on. */
async function* counting(signal: AbortSignal, quick = 0): AsyncGenerator<{ id: number }> {
  for (let id = 0; !signal.aborted; id++) {
    yield { id };
    if (id >= quick && id % 10 === 0) await sleep(5);
  }
}

/** Waits until a condition holds, at most a minute, or until the job fails. */
async function until(what: string, condition: () => boolean, job: Promise<void>, told = () => ''): Promise<void> {
  let isOver = false;
  const watched = job.finally(() => (isOver = true));
  watched.catch(() => {});
  for (let waited = 0; waited < 6_000; waited++) {
    if (condition()) return;
    if (isOver) await watched;
    await sleep(10);
  }
  assert.fail(`${what} did not come: ${told()}`);
}

/** Whether a version has answered some hundred rows. */
function hasRun(answers: readonly Answer[], body: Buffer): () => boolean {
  const version = versionOf(body);
  return () => answers.filter(({ v }) => v === version).length > 300;
}

function changesIn(answers: readonly Answer[]): (string | null)[] {
  return answers.map(({ v }) => v).filter((version, i, all) => i === 0 || version !== all[i - 1]);
}

for (const order of ['ORDERED', 'ALLOW_UNORDERED']) {
  test(`a model that is replaced while a stream runs: no row is lost or scored by half a model, versions change once (${order})`, async context => {
    const one = await bench(context);
    const models = new Map([1, 2, 5].map(factor => [factor, scaling(factor)]));
    const factorOf = new Map([...models].map(([factor, body]) => [versionOf(body), factor]));
    const answers: Answer[] = [];
    const ending = new AbortController();
    const ran = (factor: number): (() => boolean) => hasRun(answers, models.get(factor)!);
    one.put(models.get(1)!);
    const job = one.run({
      rows: () => counting(ending.signal),
      write: row => void answers.push(row),
      more: `, 'output-mode' = '${order}'`,
      signal: ending.signal,
    });
    job.catch(() => {});
    await until('version 1', ran(1), job, () =>
      JSON.stringify([one.lines.slice(0, 12), answers.length, answers.slice(0, 3), one.s3.requests.length]),
    );
    const isGet = ({ method, url }: { readonly method: string; readonly url: string }) => method === 'GET' && url.endsWith('/m.onnx');
    one.s3.inject({ kind: 'cut', afterBytes: 50_000 }, { matches: isGet });
    one.s3.inject({ kind: 'slow', pieceBytes: 20_000, gapMs: 10 }, { matches: isGet });
    one.put(models.get(2)!);
    await until('version 2', ran(2), job);
    await until('the end of version 1', () => one.open.size === 1, job);
    // Half a model, a model of another shape: both are refused, and version 2 goes on.
    one.put(models.get(5)!.subarray(0, 90_000));
    await until(
      'the refusal of half a model',
      () => one.lines.some(line => line.includes('was not taken') && line.includes('MODEL_LOAD')),
      job,
    );
    one.put(scaling(3, 'z'));
    await until('the refusal of another input', () => one.lines.some(line => line.includes('has no input')), job);
    one.put(models.get(5)!);
    await until('version 5', ran(5), job);
    await until('the end of version 2', () => one.open.size === 1, job);
    ending.abort(new Error('enough'));
    await assert.rejects(job, { message: 'enough' });
    assert.deepEqual(changesIn(answers), [...factorOf.keys()]);
    answers.forEach(({ id, y, v }, i) => {
      if (order === 'ORDERED') assert.equal(id, i);
      assert.equal(y, id! * factorOf.get(v!)!);
    });
    assert.equal(new Set(answers.map(({ id }) => id)).size, answers.length);
    assert.ok(Math.max(...answers.map(({ id }) => id!)) < answers.length + 5_000);
    assert.equal(one.open.size, 0);
  });
}

test('a replay after a restore asks the version of the checkpoint, then goes over to the newest', async context => {
  const one = await bench(context);
  const [first, second] = [scaling(1), scaling(2)];
  /** What was answered before is read again without a pause. */
  let quick = 0;
  const start = async (interval: string, enough: (answers: readonly Answer[]) => boolean): Promise<Answer[]> => {
    const answers: Answer[] = [];
    const ending = new AbortController();
    const job = one.run({
      rows: () => counting(ending.signal, quick),
      write: row => void answers.push(row),
      signal: ending.signal,
      interval,
      state: join(one.folder, 'state'),
    });
    job.catch(() => {});
    await until('enough', () => enough(answers), job);
    ending.abort(new Error('crash'));
    await assert.rejects(job, { message: 'crash' });
    quick = answers.at(-1)!.id!;
    return answers;
  };
  const has = (body: Buffer) => (answers: readonly Answer[]) => hasRun(answers, body)();
  one.put(first);
  await start('100 ms', has(first));
  one.put(second);
  // Long enough for rows to come before the first barrier.
  const replayed = await start('4 s', has(second));
  assert.ok(replayed[0]!.id! > 0, 'it went on from a checkpoint');
  assert.deepEqual(changesIn(replayed), [versionOf(first), versionOf(second)]);
  // Where the copy is gone, the newest version answers, and a line says so.
  one.put(first);
  await rm(join(one.folder, 'cache'), { recursive: true });
  const newest = await start('100 ms', has(first));
  assert.deepEqual(changesIn(newest), [versionOf(first)]);
  assert.ok(one.lines.some(line => line.startsWith('the version of the checkpoint is not kept any more')));
  assert.equal(one.open.size, 0);
});
