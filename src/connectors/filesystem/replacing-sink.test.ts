import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { batchOfRows } from '../../spec/batch.js';
import type { Sink } from '../../spec/connector.js';
import { INT } from '../../spec/data-type.js';
import { bar } from '../../testing/bar-format.js';
import { formatPair, tableContext } from '../../testing/table-context.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { filesystem } from './filesystem-connector.js';

const FIELDS = [{ name: 'n', type: INT }];

interface Place {
  readonly folder: string;
  /** What the table's path is. */
  readonly path: string;
  /** A sink for the same table, as at each start of the job. */
  open(): Promise<Sink>;
  /** The numbers that a reader finds, in order. */
  numbers(): number[];
  /** Names beside the target. */
  hidden(): string[];
}

async function withPlace(name: string, check: (place: Place) => Promise<void>): Promise<void> {
  const { path: folder, remove } = await temporaryFolder();
  const path = join(folder, name);
  try {
    await check({
      folder,
      path,
      open: async () =>
        filesystem.createOverwriteSink!(tableContext({ connector: filesystem, options: { path }, fields: FIELDS }), formatPair(bar)),
      numbers: () => numbersIn(path),
      hidden: () => readdirSync(folder).filter(each => each.startsWith('.')),
    });
  } finally {
    await remove();
  }
}

function numbersIn(path: string): number[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isDirectory())
    return readdirSync(path)
      .filter(each => !each.startsWith('.'))
      .flatMap(each => numbersIn(join(path, each)))
      .toSorted((a, b) => a - b);
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Puts rows where the table is. */
function fill(path: string, numbers: readonly number[]): void {
  const text = numbers.map(n => `${n}\n`).join('');
  if (path.endsWith('.jsonl')) writeFileSync(path, text);
  else {
    mkdirSync(path);
    writeFileSync(join(path, 'old.jsonl'), text);
  }
}

function rows(...numbers: number[]) {
  return batchOfRows(
    FIELDS,
    numbers.map(n => [n]),
  );
}

/** The committable after a checkpoint, as the store gives it back. */
function stored<T>(committable: T): T {
  return JSON.parse(JSON.stringify(committable)) as T;
}

for (const name of ['out.jsonl', 'out']) {
  test(`${name}: the old rows stay until all new ones are there, and then go`, () =>
    withPlace(name, async place => {
      fill(place.path, [1, 2]);
      const sink = await place.open();
      await sink.recover?.([]);
      const writer = await sink.openWriter('a');
      await writer.write(rows(3));
      const first = stored(await writer.prepareCommit());
      await sink.commit?.([first]);
      assert.deepEqual(place.numbers(), [1, 2]);
      await writer.write(rows(4));
      await writer.flush?.();
      const last = stored(await writer.prepareCommit());
      await sink.commit?.([last]);
      assert.deepEqual(place.numbers(), [1, 2]);
      await sink.finish?.([last]);
      await writer.close();
      assert.deepEqual(place.numbers(), [3, 4]);
      assert.deepEqual(place.hidden(), []);
      // As after a restart of the finished job.
      const again = await place.open();
      await again.commit?.([last]);
      await again.finish?.([last]);
      assert.deepEqual(place.numbers(), [3, 4]);
    }));

  test(`${name}: a restart goes on with the rows of before`, () =>
    withPlace(name, async place => {
      fill(place.path, [1]);
      const sink = await place.open();
      await sink.recover?.([]);
      const writer = await sink.openWriter('a');
      await writer.write(rows(2));
      const kept = stored(await writer.prepareCommit());
      await sink.commit?.([kept]);
      // Written and never handed over: lost with the crash.
      await writer.write(rows(99));
      await writer.close();
      const next = await place.open();
      await next.commit?.([kept]);
      await next.recover?.([kept]);
      const other = await next.openWriter('b');
      await other.write(rows(3));
      const last = stored(await other.prepareCommit());
      await next.commit?.([last]);
      await next.finish?.([last]);
      await other.close();
      assert.deepEqual(place.numbers(), [2, 3]);
    }));

  test(`${name}: no rows are a replacement too`, () =>
    withPlace(name, async place => {
      fill(place.path, [1]);
      const sink = await place.open();
      await sink.recover?.([]);
      const writer = await sink.openWriter('a');
      await writer.flush?.();
      const last = stored(await writer.prepareCommit());
      await sink.commit?.([last]);
      await sink.finish?.([last]);
      await writer.close();
      assert.deepEqual(place.numbers(), []);
      assert.ok(existsSync(place.path));
    }));

  test(`${name}: a crash while the new rows take their place is completed, by the job and by any other`, () =>
    withPlace(name, async place => {
      fill(place.path, [1]);
      const sink = await place.open();
      await sink.recover?.([]);
      const writer = await sink.openWriter('a');
      await writer.write(rows(2));
      const last = stored(await writer.prepareCommit());
      await sink.commit?.([last]);
      await writer.close();
      const [replacing] = place.hidden();
      // What says that all rows are there is done, the rest is not.
      renameSync(join(place.folder, replacing!), join(place.folder, replacing!.replace('.replacing-', '.ready-')));
      const again = await place.open();
      await again.commit?.([last]);
      await again.finish?.([last]);
      assert.deepEqual(place.numbers(), [2]);
      assert.deepEqual(place.hidden(), []);
      // The process of this one is gone, and with it its job.
      const left = join(place.folder, `.${name}.ready-x.${process.pid}-1-${replacing!.split('-').at(-1)}`);
      mkdirSync(left);
      fill(join(left, name), [7]);
      const other = await place.open();
      await other.recover?.([]);
      assert.deepEqual(place.numbers(), [7]);
      assert.deepEqual(place.hidden(), []);
    }));

  test(`${name}: what a stopped job has written changes nothing, and is cleared away when its process has ended`, () =>
    withPlace(name, async place => {
      fill(place.path, [1]);
      const sink = await place.open();
      await sink.recover?.([]);
      const writer = await sink.openWriter('a');
      await writer.write(rows(2));
      await writer.flush?.();
      await sink.commit?.([stored(await writer.prepareCommit())]);
      await writer.close();
      const [replacing] = place.hidden();
      const machine = replacing!.split('-').at(-1);
      renameSync(join(place.folder, replacing!), join(place.folder, `.${name}.replacing-x.${process.pid}-1-${machine}`));
      const next = await place.open();
      await next.recover?.([]);
      assert.deepEqual(place.numbers(), [1]);
      assert.deepEqual(place.hidden(), []);
    }));
}
