import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import { open } from 'lmdb';
import type { AnswerJournal } from '../../../spec/answer-journal.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { openLmdbCheckpointStore } from './lmdb-checkpoint-store.js';

function folderTest(name: string, run: (path: string) => Promise<void>): void {
  test(name, async () => {
    const { path, remove } = await temporaryFolder();
    try {
      await run(join(path, 'job-1'));
    } finally {
      await remove();
    }
  });
}

/** Opens the journal of `predict-2` in a state folder, as one run of a job does. */
async function inRun<T>(path: string, run: (journal: AnswerJournal, store: CheckpointStore) => Promise<T>): Promise<T> {
  const store = await openLmdbCheckpointStore({ path, plan: 'p' });
  try {
    return await run(await store.openJournal!('predict-2'), store);
  } finally {
    await store.close();
  }
}

/** All calls of a key that nobody has taken, with their answers as text. */
function takeAll(journal: AnswerJournal, key: string): [callId: string, answer: string | undefined][] {
  const taken: [string, string | undefined][] = [];
  for (let call = journal.take(key); call; call = journal.take(key))
    taken.push([call.callId, call.answer && Buffer.from(call.answer).toString()]);
  return taken;
}

/** What the next run finds under a key. */
function left(path: string, key: string): Promise<[string, string | undefined][]> {
  return inRun(path, async journal => takeAll(journal, key));
}

folderTest('calls of an earlier run are taken in the order in which they began, each once, with their answers or without', async path => {
  await inRun(path, async journal => {
    void journal.began('k', 'c1');
    void journal.began('other', 'c3');
    void journal.began('k', 'c2');
    void journal.ended('k', 'c2', Buffer.from('second'));
    await journal.ended('never began', 'c4', new Uint8Array(0));
    assert.equal(journal.take('k'), undefined, 'what this run wrote is not left by an earlier one');
  });
  await inRun(path, async journal => {
    assert.deepEqual(takeAll(journal, 'k'), [
      ['c1', undefined],
      ['c2', 'second'],
    ]);
    assert.deepEqual(takeAll(journal, 'k'), []);
    assert.deepEqual(takeAll(journal, 'never began'), [['c4', '']]);
    assert.deepEqual(takeAll(journal, 'K'), []);
    await journal.ended('k', 'c1', Buffer.from('first'));
  });
  assert.deepEqual(
    await left(path, 'k'),
    [
      ['c1', 'first'],
      ['c2', 'second'],
    ],
    'what was taken and not forgotten is there again',
  );
});

folderTest('what is forgotten is gone, and only that', async path => {
  await inRun(path, async journal => {
    for (const id of ['c1', 'c2', 'c3']) await journal.ended('k', id, Buffer.from(id));
    journal.forget([
      { key: 'k', callId: 'c2' },
      { key: 'k', callId: 'unknown' },
    ]);
  });
  await inRun(path, async journal => {
    journal.forget([{ key: 'k', callId: 'c1' }]);
    assert.deepEqual(takeAll(journal, 'k'), [['c3', 'c3']]);
  });
  assert.deepEqual(await left(path, 'k'), [['c3', 'c3']]);
});

folderTest('call sites have journals of their own', async path => {
  await inRun(path, async (journal, store) => {
    const other = await store.openJournal!('predict-20');
    await journal.ended('k', 'c1', Buffer.from('here'));
    await other.ended('k', 'c1', Buffer.from('there'));
    journal.forget([{ key: 'k', callId: 'c1' }]);
  });
  await inRun(path, async (journal, store) => {
    assert.deepEqual(takeAll(journal, 'k'), []);
    assert.deepEqual(takeAll(await store.openJournal!('predict-20'), 'k'), [['c1', 'there']]);
  });
});

folderTest('the journal of another plan is refused before any checkpoint was taken, and left as it is', async path => {
  await inRun(path, journal => journal.began('k', 'c1'));
  const other = await openLmdbCheckpointStore({ path, plan: 'other' });
  assert.equal(await other.load(), undefined);
  await assert.rejects(other.openJournal!('predict-2'), { code: 'STATE_MISMATCH', message: /belongs to another statement/ });
  await other.close();
  assert.deepEqual(await left(path, 'k'), [['c1', undefined]]);
});

folderTest('a folder with a journal is refused to a second job', async path => {
  await inRun(path, async () => {
    await assert.rejects(openLmdbCheckpointStore({ path, plan: 'p' }), { code: 'STATE_IN_USE' });
  });
});

folderTest('the checkpoint of a finished job empties all journals, any other leaves them', async path => {
  const states = new Map();
  await inRun(path, async (journal, store) => {
    await journal.ended('k', 'c1', Buffer.from('x'));
    await store.save({ id: 1, states, finished: false });
  });
  assert.deepEqual(await left(path, 'k'), [['c1', 'x']]);
  await inRun(path, async (journal, store) => {
    void journal.began('k', 'under way');
    await (await store.openJournal!('predict-9')).began('k', 'c2');
    await store.save({ id: 2, states, finished: true });
  });
  const store = await openLmdbCheckpointStore({ path, plan: 'p' });
  assert.deepEqual(takeAll(await store.openJournal!('predict-2'), 'k'), []);
  assert.deepEqual(takeAll(await store.openJournal!('predict-9'), 'k'), []);
  assert.deepEqual(await store.load(), { id: 2, states, finished: true });
  await store.close();
});

folderTest('a hundred thousand calls are read again and forgotten', async path => {
  const keys = Array.from({ length: 100_000 }, (_, i) => `key ${i}`);
  await inRun(path, async journal => {
    await Promise.all(keys.map((key, i) => journal.ended(key, 'c', Buffer.from(`answer ${i}`))));
  });
  await inRun(path, async journal => {
    assert.ok(keys.every((key, i) => Buffer.from(journal.take(key)!.answer!).toString() === `answer ${i}`));
    journal.forget(keys.map(key => ({ key, callId: 'c' })));
  });
  const database = open({ path });
  assert.deepEqual([...database.getKeys()], ['journal-plan']);
  await database.close();
});

folderTest('an answer larger than a page of the database comes back whole', async path => {
  const answer = Buffer.alloc(3_000_000, 'embedding');
  await inRun(path, journal => journal.ended('k', 'c1', answer));
  await inRun(path, async journal => {
    assert.ok(Buffer.from(journal.take('k')!.answer!).equals(answer));
  });
});

folderTest('entries of another layout, or cut short, are refused', async path => {
  await inRun(path, journal => journal.began('k', 'c1'));
  const write = async (key: unknown[] | string, value: Uint8Array): Promise<void> => {
    const database = open<Uint8Array>({ path, encoding: 'binary' });
    await database.put(key as string[], value);
    await database.close();
  };
  for (const torn of [[], [1], [1, 2, 0], [1, 2, 0, 107, 99], [1, 2, 2, 107, 99, 49], [1, 2, 0, 107, 99, 49, 0]]) {
    await write(['journal', 'predict-2', 1], Uint8Array.from(torn));
    await assert.rejects(
      inRun(path, async () => {}),
      { code: 'IO', message: /the journal in ".*job-1" cannot be read/ },
    );
  }
  await write('journal-plan', serialize({ layout: 2, plan: 'p' }));
  await assert.rejects(
    inRun(path, async () => {}),
    { code: 'STATE_MISMATCH' },
  );
});

const STORE = JSON.stringify(new URL('lmdb-checkpoint-store.js', import.meta.url).href);

/** A process that runs `body` with `journal` and `say`. */
function journalingProcess(path: string, body: string, { shell = '' } = {}): ChildProcess {
  const script = `
    const { openLmdbCheckpointStore } = await import(${STORE});
    const store = await openLmdbCheckpointStore({ path: ${JSON.stringify(path)}, plan: 'p' });
    const journal = await store.openJournal('predict-2');
    const say = text => process.stdout.write(text + '\\n');
    ${body}`;
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return shell === ''
    ? spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    : spawn('sh', ['-c', `${shell}; exec "$0" --input-type=module -e "$1"`, process.execPath, script], { stdio: [...stdio] });
}

folderTest('a process that is killed between a call and its answer leaves the call', async path => {
  const child = journalingProcess(path, `await journal.began('k', 'c1'); say('began'); setInterval(() => {}, 1_000);`);
  await once(createInterface({ input: child.stdout! }), 'line');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(await left(path, 'k'), [['c1', undefined]]);
});

/** Keeps a hundred calls in flight, whose answers carry their own hash, and says which answers are durable. */
const HUNDRED_IN_FLIGHT = `
  const { createHash } = await import('node:crypto');
  let n = 0;
  const call = async () => {
    for (;;) {
      const key = 'key ' + process.pid + ' ' + n++;
      void journal.began(key, 'c');
      await new Promise(setImmediate);
      const body = Buffer.alloc(200 + (n * 7919) % 20_000, key);
      await journal.ended(key, 'c', Buffer.concat([createHash('sha256').update(body).digest(), body]));
      say(key);
    }
  };
  await Promise.all(Array.from({ length: 100 }, call));`;

folderTest('after a kill in the middle of writes every answer that was called durable is there, and none is torn', async path => {
  const durable: string[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const child = journalingProcess(path, HUNDRED_IN_FLIGHT);
    const lines = createInterface({ input: child.stdout! });
    lines.on('line', line => durable.push(line));
    const wanted = durable.length + 300;
    while (durable.length < wanted) await once(lines, 'line');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await inRun(path, async journal => {
      for (const key of durable) {
        const answer = journal.take(key)?.answer;
        assert.ok(answer, `${key} is missing`);
        const body = answer.subarray(32);
        assert.ok(createHash('sha256').update(body).digest().equals(answer.subarray(0, 32)), `${key} is torn`);
      }
    });
  }
});

folderTest('where the disk takes no more, the writer hears it, and what was durable before stays', async path => {
  const child = journalingProcess(
    path,
    `
    process.on('SIGXFSZ', () => {});
    for (let i = 0; ; i++) {
      try {
        void journal.began('k' + i, 'c');
        await journal.ended('k' + i, 'c', Buffer.alloc(50_000, 1));
        say('durable ' + i);
      } catch (error) {
        say(error.code + ' ' + error.message);
        await journal.began('small', 'c').catch(error => say(error.code));
        await store.close();
        break;
      }
    }`,
    { shell: 'ulimit -f 2000' },
  );
  child.stderr!.resume();
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', line => lines.push(line));
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, 'an answer that nobody waits for ends no process');
  const durable = lines.filter(line => line.startsWith('durable')).length;
  assert.ok(durable > 5, lines.join('\n'));
  assert.match(lines[durable]!, /^IO the state in ".*job-1" cannot be saved: /);
  await inRun(path, async journal => {
    for (let i = 0; i < durable; i++) assert.equal(journal.take(`k${i}`)?.answer?.length, 50_000);
  });
});
