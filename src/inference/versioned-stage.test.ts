import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, type Deferred } from '../common/deferred.js';
import type { Logger } from '../common/logger.js';
import { batchOfRows, type Batch } from '../spec/batch.js';
import { INT } from '../spec/data-type.js';
import type { Model } from '../spec/provider.js';
import type { CallStage, Settled } from './settled.js';
import { VersionedStage } from './versioned-stage.js';

const NOTHING: Settled = { answered: [], failed: [] };

/** A model of several versions whose stages answer when the test says so. */
class Bench {
  /** `version:row` of every submission that reached a stage. */
  readonly sent: string[] = [];
  readonly log: string[] = [];
  readonly stage: VersionedStage;
  /** Contents of which a copy is kept. */
  readonly kept = new Set<string>();
  #open: { readonly name: string; readonly settled: Deferred<Settled> }[] = [];
  #offer: (next: Model) => void = () => {};

  constructor(first: string) {
    const line = (message: string): void => void this.log.push(message);
    const log: Logger = { debug() {}, info: line, warn: line, error: line };
    this.stage = new VersionedStage({
      model: this.model(first),
      versions: {
        subscribe: onModel => {
          this.#offer = onModel;
          return () => void this.log.push('unsubscribe');
        },
        open: async pin => (this.kept.has(pin) ? this.model(pin) : undefined),
      },
      stageOf: model => this.#stageOf(model),
      name: 'm',
      log,
    });
  }

  model(version: string): Model {
    return {
      maxInputsPerCall: 10,
      version,
      pin: version,
      predict: () => assert.fail(),
      close: async () => void this.log.push(`close ${version}`),
    };
  }

  offer(version: string): void {
    this.#offer(this.model(version));
  }

  submit(row: number): Promise<Settled> {
    return this.stage.submit(batchOfRows([{ name: 'n', type: INT }], [[row]]));
  }

  /** Answers what was sent, or the part of it with a name. */
  async answer(name?: string): Promise<void> {
    const answered = this.#open.filter(each => name === undefined || each.name === name);
    this.#open = this.#open.filter(each => !answered.includes(each));
    for (const { settled } of answered) settled.resolve(NOTHING);
    await settle();
  }

  #stageOf({ version }: Model): CallStage {
    return {
      submit: (inputs: Batch) => {
        const name = `${version}:${String(inputs.columns[0]!.values[0])}`;
        this.sent.push(name);
        const settled = deferred<Settled>();
        this.#open.push({ name, settled });
        return settled.promise;
      },
      barrier: () => void this.log.push(`barrier ${version}`),
      flush: () => void this.log.push(`flush ${version}`),
      pause: async () => void this.log.push(`pause ${version}`),
      close: async () => {
        this.log.push(`end ${version}`);
        await Promise.resolve();
      },
    };
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

test('a new version waits for a barrier, and what comes behind it waits for the old one to finish', async () => {
  const bench = new Bench('a');
  void bench.submit(1);
  bench.offer('b');
  void bench.submit(2);
  assert.deepEqual(bench.stage.pins(), { before: 'a', after: 'b' });
  bench.stage.barrier();
  void bench.submit(3);
  assert.deepEqual(bench.sent, ['a:1', 'a:2']);
  await bench.answer('a:1');
  assert.deepEqual(bench.sent, ['a:1', 'a:2']);
  await bench.answer('a:2');
  assert.deepEqual(bench.sent, ['a:1', 'a:2', 'b:3']);
  assert.deepEqual(bench.log, ['barrier a', 'a model goes over to a new version', 'flush a', 'end a', 'close a']);
  assert.deepEqual(bench.stage.pins(), { before: 'b', after: 'b' });
});

test('without rows under way the swap is done at the barrier', async () => {
  const bench = new Bench('a');
  bench.offer('b');
  bench.stage.barrier();
  void bench.submit(1);
  await settle();
  assert.deepEqual(bench.sent, ['b:1']);
});

test('a version that is replaced before it ran is closed', async () => {
  const bench = new Bench('a');
  bench.offer('b');
  bench.offer('c');
  bench.stage.barrier();
  void bench.submit(1);
  await settle();
  assert.deepEqual(bench.sent, ['c:1']);
  assert.ok(bench.log.includes('close b'));
});

test('a swap that is under way at the next barrier is not followed by another one', async () => {
  const bench = new Bench('a');
  void bench.submit(1);
  bench.offer('b');
  bench.stage.barrier();
  void bench.submit(2);
  bench.offer('c');
  assert.deepEqual(bench.stage.pins(), { before: 'b', after: 'b' });
  bench.stage.barrier();
  await bench.answer();
  void bench.submit(3);
  bench.stage.barrier();
  void bench.submit(4);
  await bench.answer();
  assert.deepEqual(bench.sent, ['a:1', 'b:2', 'b:3', 'c:4']);
});

test('the end of the input reaches rows that waited for a swap', async () => {
  const bench = new Bench('a');
  void bench.submit(1);
  bench.offer('b');
  bench.stage.barrier();
  void bench.submit(2);
  bench.stage.flush();
  await bench.answer();
  assert.equal(bench.log.filter(line => line === 'flush b').length, 2);
});

test('a restored checkpoint asks its version, and then the newest one from the next barrier on', async () => {
  const bench = new Bench('c');
  bench.kept.add('a');
  bench.stage.restore({ before: 'a', after: 'a' });
  void bench.submit(1);
  bench.stage.restored();
  void bench.submit(2);
  await settle();
  assert.deepEqual(bench.sent, ['a:1', 'a:2']);
  assert.deepEqual(bench.stage.pins(), { before: 'a', after: 'c' });
  bench.stage.barrier();
  void bench.submit(3);
  await bench.answer();
  assert.deepEqual(bench.sent, ['a:1', 'a:2', 'c:3']);
});

test('a checkpoint between two versions asks the first for what it held, and the second for what follows', async () => {
  const bench = new Bench('c');
  bench.kept.add('a').add('b');
  bench.stage.restore({ before: 'a', after: 'b' });
  assert.deepEqual(bench.stage.pins(), { before: 'a', after: 'b' });
  void bench.submit(1);
  bench.stage.restored();
  void bench.submit(2);
  await settle();
  assert.deepEqual(bench.sent, ['a:1']);
  await bench.answer();
  assert.deepEqual(bench.sent, ['a:1', 'b:2']);
  bench.stage.barrier();
  void bench.submit(3);
  await bench.answer();
  assert.deepEqual(bench.sent, ['a:1', 'b:2', 'c:3']);
});

test('a version of which no copy is left is replaced by the newest, and that is said', async () => {
  const bench = new Bench('c');
  bench.stage.restore({ before: 'a', after: 'a' });
  void bench.submit(1);
  bench.stage.restored();
  await settle();
  assert.deepEqual(bench.sent, ['c:1']);
  assert.ok(bench.log.some(line => line.includes('not kept any more')));
});

test('the version that is running needs no restore', () => {
  const bench = new Bench('a');
  bench.stage.restore({ before: 'a', after: 'a' });
  void bench.submit(1);
  bench.stage.restored();
  assert.deepEqual(bench.sent, ['a:1']);
});

test('a close ends waiting rows, and every version that is open', async () => {
  const bench = new Bench('a');
  void bench.submit(1);
  bench.offer('b');
  bench.stage.barrier();
  const waiting = bench.submit(2);
  bench.offer('c');
  const rejected = assert.rejects(waiting, { code: 'INTERRUPTED' });
  await bench.stage.close();
  await rejected;
  for (const line of ['unsubscribe', 'end a', 'end b', 'close a', 'close b', 'close c']) assert.ok(bench.log.includes(line), line);
  bench.offer('d');
  await settle();
  assert.ok(bench.log.includes('close d'));
});

test('the barrier of the last checkpoint, behind a pause, swaps nothing', async () => {
  const bench = new Bench('a');
  void bench.submit(1);
  bench.offer('b');
  await bench.stage.pause();
  assert.deepEqual(bench.stage.pins(), { before: 'a', after: 'a' });
  bench.stage.barrier();
  assert.deepEqual(bench.log, ['pause a', 'barrier a']);
});

test('a pause holds back what waits', async () => {
  const bench = new Bench('a');
  void bench.submit(1);
  bench.offer('b');
  bench.stage.barrier();
  void bench.submit(2);
  await bench.stage.pause();
  await bench.answer();
  assert.deepEqual(bench.sent, ['a:1']);
});
