import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { Batch } from '../spec/batch.js';
import type { Sink, SinkWriter } from '../spec/connector.js';
import { rowsOf } from './batch-rows.js';

/** A place to write to, empty at first. */
export interface SinkUnderTest {
  /** A sink on the place; called again for each start of a job. */
  readonly openSink: () => Sink | Promise<Sink>;
  /** Two batches, each with rows that the other does not have. */
  readonly batches: readonly [Batch, Batch];
  /** What a reader of the place sees now, an item a row, in any order. */
  readonly visible: () => Promise<readonly unknown[]>;
  /** What `visible` gives for the rows of a batch; by default the rows, as arrays of values. */
  readonly expected?: (batch: Batch) => readonly unknown[];
  /** Called at the end of each test. */
  close?(): Promise<void>;
}

export interface SinkContract {
  /** Name of the connector, for the tests' names. */
  readonly name: string;
  /** Makes a place anew for each test. */
  readonly open: () => Promise<SinkUnderTest>;
  /** `commit` for a sink whose rows become visible by a commit; `write` for one that writes through. */
  readonly visibleBy: 'commit' | 'write';
}

/** What every sink must hold to. A connector's own test calls this once with an empty place. */
export function sinkContract({ name, open, visibleBy }: SinkContract): void {
  function contractTest(title: string, check: (place: Place) => Promise<void>): void {
    test(`${name}: ${title}`, async () => {
      const opened = await open();
      try {
        await check(new Place(opened));
      } finally {
        await opened.close?.();
      }
    });
  }

  contractTest('a writer that wrote nothing has nothing to commit', async place => {
    const { sink, writer } = await place.start();
    assert.equal(await writer.prepareCommit(), undefined);
    await writer.close();
    await sink.recover?.([]);
    await place.shows([]);
  });

  if (visibleBy === 'write') writeThroughTests(contractTest);
  else commitTests(contractTest);
}

type ContractTest = (title: string, check: (place: Place) => Promise<void>) => void;

function writeThroughTests(contractTest: ContractTest): void {
  contractTest('rows are visible after a flush, in the order written', async place => {
    const { sink, writer } = await place.start();
    assert.equal(sink.commit, undefined);
    for (const batch of place.batches) await writer.write(batch);
    await writer.flush?.();
    assert.equal(await writer.prepareCommit(), undefined);
    assert.deepEqual(await place.visible(), place.batches.flatMap(place.expected));
    await writer.close();
    await place.shows(place.batches);
  });
}

function commitTests(contractTest: ContractTest): void {
  contractTest('nothing is visible before the commit', async place => {
    const { sink, writer } = await place.start();
    await writer.write(place.batches[0]);
    await writer.flush?.();
    await place.shows([]);
    const committable = await prepared(writer);
    await place.shows([]);
    await sink.commit!([committable]);
    await place.shows([place.batches[0]]);
    await writer.close();
    await place.shows([place.batches[0]]);
  });

  contractTest('a commit can be repeated, also after a restart', async place => {
    const { sink, writer } = await place.start();
    await writer.write(place.batches[0]);
    const committable = await prepared(writer);
    await sink.commit!([committable]);
    await sink.commit!([committable]);
    await writer.close();
    await (
      await place.openSink()
    ).commit!([committable]);
    await place.shows([place.batches[0]]);
  });

  contractTest('one writer commits again and again', async place => {
    const { sink, writer } = await place.start();
    for (const batch of place.batches) {
      await writer.write(batch);
      await sink.commit!([await prepared(writer)]);
    }
    assert.equal(await writer.prepareCommit(), undefined);
    await writer.close();
    await place.shows(place.batches);
  });

  contractTest('rows that were not handed over are dropped', async place => {
    const { sink, writer } = await place.start();
    await writer.write(place.batches[0]);
    const committable = await prepared(writer);
    await writer.write(place.batches[1]);
    await writer.flush?.();
    await writer.close();
    await sink.commit!([committable]);
    await place.shows([place.batches[0]]);
  });

  contractTest('after a crash, what a checkpoint holds becomes visible, and nothing else', async place => {
    const crashed = await place.start();
    await crashed.writer.write(place.batches[0]);
    const committable = await prepared(crashed.writer);
    await crashed.writer.write(place.batches[1]);
    await crashed.writer.flush?.();
    // Not closed yet: the process is gone, and the next one starts from the checkpoint.
    const { sink, writer } = await place.start([committable]);
    await place.shows([place.batches[0]]);
    await writer.write(place.batches[1]);
    await sink.commit!([await prepared(writer)]);
    await writer.close();
    await place.shows(place.batches);
    await crashed.writer.close();
  });

  contractTest('a crash in the middle of commits leaves each of them once', async place => {
    const crashed = await place.start();
    await crashed.writer.write(place.batches[0]);
    const first = await prepared(crashed.writer);
    await crashed.sink.commit!([first]);
    await crashed.writer.write(place.batches[1]);
    const second = await prepared(crashed.writer);
    await crashed.sink.commit!([second]);
    const { writer } = await place.start([second]);
    await writer.close();
    await place.shows(place.batches);
    await crashed.writer.close();
  });

  contractTest('two writers do not disturb each other', async place => {
    const one = await place.start();
    const other = await place.start();
    await one.writer.write(place.batches[0]);
    await other.writer.write(place.batches[1]);
    const [fromOne, fromOther] = [await prepared(one.writer), await prepared(other.writer)];
    await other.sink.commit!([fromOther]);
    await one.sink.commit!([fromOne]);
    await one.writer.close();
    await other.writer.close();
    await place.shows(place.batches);
  });
}

/** The committable of what was written, as a checkpoint gives it back. */
async function prepared(writer: SinkWriter<unknown>): Promise<unknown> {
  const committable = await writer.prepareCommit();
  assert.notEqual(committable, undefined);
  return JSON.parse(JSON.stringify(committable)) as unknown;
}

class Place {
  readonly batches: readonly [Batch, Batch];
  readonly openSink: () => Sink | Promise<Sink>;
  readonly visible: () => Promise<readonly unknown[]>;
  readonly expected: (batch: Batch) => readonly unknown[];
  #starts = 0;

  constructor({ batches, openSink, visible, expected }: SinkUnderTest) {
    this.batches = batches;
    this.openSink = openSink;
    this.visible = visible;
    this.expected = expected ?? rowsOf;
  }

  /** Starts a job as the engine does: commits what the checkpoint holds, clears the rest away, opens a writer. */
  async start(checkpoint: readonly unknown[] = []): Promise<{ sink: Sink; writer: SinkWriter<unknown> }> {
    const sink = await this.openSink();
    if (checkpoint.length > 0) {
      await sink.commit!(checkpoint);
      await sink.recover?.(checkpoint);
    }
    return { sink, writer: await sink.openWriter(`attempt-${this.#starts++}`) };
  }

  /** Checks that exactly the rows of these batches are visible. */
  async shows(batches: readonly Batch[]): Promise<void> {
    const sorted = (rows: readonly unknown[]): string[] => rows.map(row => inspect(row, { depth: 10 })).toSorted();
    assert.deepEqual(sorted(await this.visible()), sorted(batches.flatMap(this.expected)));
  }
}
