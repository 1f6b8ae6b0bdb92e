import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import type { AnswerJournal, JournaledCall } from '../spec/answer-journal.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { encodeSettled } from './answer-codec.js';
import { answerKey } from './answer-key.js';
import { interrupted } from './interrupted.js';
import { JournalStage, type Recovery } from './journal-stage.js';
import { ANSWERS, answered, createScriptedStage, failed, row, watch } from './scripted-stage.test.fixture.js';
import { UsageCounter } from './usage.js';

const keyOf = (id: number): string => answerKey('identity', row(id), 0);

/** A write that the journal has got; durable, or refused, when the test says so. */
interface Write {
  readonly what: 'began' | 'ended';
  readonly callId: string;
  settle(error?: Error): void;
}

interface Left {
  readonly id: number;
  readonly call: JournaledCall;
}

interface SetUp {
  readonly recovery?: Recovery;
  readonly left?: readonly Left[];
  readonly maxRows?: number;
}

function setUp({ recovery = 'at-least-once', left = [], maxRows = 100 }: SetUp = {}) {
  const clock = createFakeClock();
  const inner = createScriptedStage();
  const usage = new UsageCounter();
  const writes: Write[] = [];
  const forgotten: string[] = [];
  const leftCalls = left.map(({ id, call }) => ({ key: keyOf(id), call }));
  const write = (what: Write['what'], callId: string): Promise<void> =>
    new Promise((resolve, reject) => {
      writes.push({ what, callId, settle: error => (error ? reject(error) : resolve()) });
    });
  const journal: AnswerJournal = {
    take(key) {
      const at = leftCalls.findIndex(each => each.key === key);
      return at < 0 ? undefined : leftCalls.splice(at, 1)[0]!.call;
    },
    began: (_key, callId) => write('began', callId),
    ended: (_key, callId) => write('ended', callId),
    forget: calls => void forgotten.push(...calls.map(({ callId }) => callId)),
  };
  let nextId = 0;
  const stage = new JournalStage({
    inner,
    journal,
    recovery,
    maxRows,
    name: 'm',
    identity: 'identity',
    version: 'v1',
    answers: ANSWERS,
    ids: () => `call-${++nextId}`,
    usage,
    now: () => clock.now(),
  });
  const settle = (): Promise<void> => clock.advance(0);
  /** Makes everything durable that is on its way. */
  const commit = async (): Promise<void> => {
    await settle();
    for (const each of writes) each.settle();
    await settle();
  };
  return { stage, inner, usage, writes, forgotten, settle, commit };
}

test('an answer is seen by nobody before it is durable', async () => {
  const { stage, inner, writes, settle } = setUp();
  const seen = watch([stage.submit(row(1))]);
  void inner.submissions[0]!.send();
  inner.submissions[0]!.resolve(answered('one'));
  await settle();
  assert.deepEqual(
    writes.map(({ what, callId }) => [what, callId]),
    [
      ['began', 'call-1'],
      ['ended', 'call-1'],
    ],
  );
  writes[1]!.settle();
  await settle();
  assert.deepEqual(seen, ['open'], 'the record that the call began is on its way');
  writes[0]!.settle();
  await settle();
  assert.deepEqual(seen, ['one']);
});

test('at least once, a call does not wait for the record that it began; at most once, it does', () => {
  for (const [recovery, waits] of [
    ['at-least-once', false],
    ['at-most-once', true],
  ] as const) {
    const { stage, inner } = setUp({ recovery });
    void stage.submit(row(1));
    assert.equal(inner.submissions[0]!.send() instanceof Promise, waits, recovery);
  }
});

test('an answer that an earlier run left is taken once, without a call', async () => {
  const call = { callId: 'old', answer: encodeSettled(answered('kept')) };
  const { stage, inner, usage, settle } = setUp({ left: [{ id: 1, call }] });
  const seen = watch([stage.submit(row(1)), stage.submit(row(1)), stage.submit(row(2))]);
  await settle();
  assert.deepEqual(seen, ['kept', 'open', 'open']);
  assert.equal(inner.submissions.length, 2);
  assert.equal(usage.snapshot().journalHits, 1);
});

test('a failure that an earlier run left is taken as well', async () => {
  const call = { callId: 'old', answer: encodeSettled(failed('BAD_ANSWER')) };
  const { stage, inner, settle } = setUp({ left: [{ id: 1, call }] });
  const seen = watch([stage.submit(row(1))]);
  await settle();
  assert.deepEqual([seen, inner.submissions.length], [['BAD_ANSWER'], 0]);
});

test('at least once, a call that an earlier run began is made again under its id', async () => {
  const { stage, inner, writes, commit } = setUp({ left: [{ id: 1, call: { callId: 'old', answer: undefined } }] });
  const seen = watch([stage.submit(row(1))]);
  void inner.submissions[0]!.send();
  inner.submissions[0]!.resolve(answered('one'));
  await commit();
  assert.deepEqual(seen, ['one']);
  assert.deepEqual(
    writes.map(({ what, callId }) => [what, callId]),
    [['ended', 'old']],
  );
});

test('at most once, a call that an earlier run began has an unknown outcome, durably', async () => {
  const left = [{ id: 1, call: { callId: 'old', answer: undefined } }];
  const { stage, inner, writes, settle, commit } = setUp({ recovery: 'at-most-once', left });
  const seen = watch([stage.submit(row(1)), stage.submit(row(2))]);
  await settle();
  assert.deepEqual([seen, inner.submissions.length], [['open', 'open'], 1]);
  assert.deepEqual([writes[0]!.what, writes[0]!.callId], ['ended', 'old']);
  await commit();
  assert.deepEqual(seen, ['UNKNOWN_OUTCOME', 'open']);
});

test('an answer is forgotten at the third barrier after it, since the second one says that the first checkpoint is complete', async () => {
  const call = { callId: 'old', answer: encodeSettled(answered('kept')) };
  const { stage, inner, forgotten, commit } = setUp({ left: [{ id: 9, call }] });
  void stage.submit(row(9));
  void stage.submit(row(1));
  inner.submissions[0]!.resolve(answered('one'));
  await commit();
  stage.barrier();
  void stage.submit(row(2));
  inner.submissions[1]!.resolve(answered('two'));
  await commit();
  stage.barrier();
  assert.deepEqual(forgotten, []);
  stage.barrier();
  assert.deepEqual(forgotten, ['old', 'call-1']);
  stage.barrier();
  assert.deepEqual(forgotten, ['old', 'call-1', 'call-2']);
  stage.barrier();
  assert.equal(forgotten.length, 3);
  assert.equal(inner.told.filter(each => each === 'barrier').length, 5);
});

test('what is not durable yet is not covered by a barrier', async () => {
  const { stage, inner, forgotten, settle, commit } = setUp();
  void stage.submit(row(1));
  inner.submissions[0]!.resolve(answered('one'));
  await settle();
  for (let barrier = 0; barrier < 4; barrier++) stage.barrier();
  await commit();
  assert.deepEqual(forgotten, []);
  for (let barrier = 0; barrier < 3; barrier++) stage.barrier();
  assert.deepEqual(forgotten, ['call-1']);
});

test('a pause waits for what is being written, and forgets the calls that have no answer', async () => {
  const { stage, inner, forgotten, writes, settle, commit } = setUp();
  const seen = watch([stage.submit(row(1)), stage.submit(row(2)), stage.submit(row(3))]);
  void inner.submissions[0]!.send();
  void inner.submissions[1]!.send();
  inner.submissions[0]!.resolve(answered('one'));
  await settle();
  let isPaused = false;
  const paused = stage.pause().then(() => void (isPaused = true));
  await settle();
  assert.deepEqual([isPaused, inner.told], [false, ['pause']]);
  await commit();
  await paused;
  assert.deepEqual(seen, ['one', 'open', 'open']);
  assert.deepEqual(forgotten, ['call-2'], 'the third was never sent');
  assert.deepEqual(
    writes.map(({ what, callId }) => `${what} ${callId}`),
    ['began call-1', 'began call-2', 'ended call-1'],
  );
});

test('a submission that was rejected is forgotten, one that the end of the job interrupted is not', async () => {
  const { stage, inner, forgotten, settle } = setUp();
  const seen = watch([1, 2, 3].map(id => stage.submit(row(id))));
  void inner.submissions[0]!.send();
  void inner.submissions[1]!.send();
  inner.submissions[0]!.reject(new MillraceError({ code: 'UNAUTHORIZED', message: 'no' }));
  inner.submissions[1]!.reject(interrupted('m'));
  inner.submissions[2]!.reject(new MillraceError({ code: 'UNAUTHORIZED', message: 'no' }));
  await settle();
  assert.deepEqual(seen, ['rejected: UNAUTHORIZED', 'rejected: INTERRUPTED', 'rejected: UNAUTHORIZED']);
  assert.deepEqual(forgotten, ['call-1']);
});

test('a journal that cannot be written stops the job with its error', async () => {
  const { stage, inner, writes, settle } = setUp();
  const seen = watch([stage.submit(row(1)), stage.submit(row(2))]);
  void inner.submissions[0]!.send();
  inner.submissions[0]!.resolve(answered('one'));
  inner.submissions[1]!.resolve(answered('two'));
  await settle();
  for (const { what, callId, settle: end } of writes)
    if (what === 'began' || callId === 'call-2') end(new Error('disk full'));
    else end();
  await settle();
  assert.deepEqual(seen, ['rejected: Error: disk full', 'rejected: Error: disk full']);
  await stage.close();
  assert.deepEqual(inner.told, ['close']);
});

test('a call that an answer makes possible waits until the answer is durable', async () => {
  const { stage, inner, writes, settle } = setUp({ maxRows: 1 });
  const seen = watch([stage.submit(row(1)), stage.submit(row(2))]);
  const [first, second] = inner.submissions;
  void first!.send();
  first!.resolve(answered('one'));
  // The dispatcher has a free slot before anybody else hears of the answer.
  const sent = watch([second!.send()!.then(() => answered('sent'))]);
  await settle();
  assert.deepEqual(
    writes.map(({ what, callId }) => [what, callId]),
    [
      ['began', 'call-1'],
      ['ended', 'call-1'],
    ],
  );
  await settle();
  assert.deepEqual(sent, ['open']);
  for (const each of writes) each.settle();
  await settle();
  await settle();
  assert.deepEqual([seen, writes.at(-1)!.callId], [['one', 'open'], 'call-2']);
});
