import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitStore } from '../spec/limit-store.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { Limiter, type Admission, type CallEnd, type LimiterInit, type LimiterUser } from './limiter.js';
import type { ConfiguredLimits } from './limit-buckets.js';
import { ONE_REQUEST } from './token-meter.js';

const ANSWERED: CallEnd = { kind: 'answered' };

function setUp(init: Partial<LimiterInit> = {}) {
  const clock = createFakeClock();
  const closed: string[] = [];
  const limiter = new Limiter({
    clock,
    random: () => 0.5,
    initialWaitMs: 1_000,
    maxWaitMs: 30_000,
    isCautious: false,
    onClosed: (reason, waitMs) => void closed.push(`${reason} ${waitMs}`),
    ...init,
  });
  return { clock, closed, limiter };
}

/** A user that always wants more, as a dispatcher with many rows does. */
interface Greedy {
  readonly user: LimiterUser;
  /** Calls in flight, oldest first. */
  readonly calls: Admission[];
  started: number;
  /** Ends the oldest calls, which makes room for others. */
  end(count: number, how?: CallEnd): void;
}

function join(limiter: Limiter, { maxCalls = 100, limits = {} }: { maxCalls?: number; limits?: ConfiguredLimits } = {}): Greedy {
  const calls: Admission[] = [];
  const fill = (): void => {
    for (let next = user.tryEnter(ONE_REQUEST); next !== undefined; next = user.tryEnter(ONE_REQUEST)) {
      calls.push(next);
      greedy.started++;
    }
  };
  const user = limiter.join({ maxCalls, limits, onRoom: fill });
  const greedy: Greedy = {
    user,
    calls,
    started: 0,
    end(count, how = ANSWERED) {
      for (const call of calls.splice(0, count)) user.leave(call, how);
    },
  };
  fill();
  return greedy;
}

test('no more calls are in flight than a user allows', () => {
  const { limiter } = setUp();
  const greedy = join(limiter, { maxCalls: 3 });
  assert.equal(greedy.calls.length, 3);
  greedy.end(2);
  assert.deepEqual([greedy.calls.length, greedy.started], [3, 5]);
});

test('two users of a service share its limit, and each gets its part', async () => {
  const { clock, limiter } = setUp();
  const [first, second] = [join(limiter, { limits: { requests: 600 } }), join(limiter)];
  for (let step = 0; step < 600; step++) {
    await clock.advance(100);
    first.end(first.calls.length);
    second.end(second.calls.length);
  }
  const all = first.started + second.started;
  assert.ok(all <= 600 + 12 && all > 0.97 * 600, `${all} calls in a minute`);
  assert.ok(Math.min(first.started, second.started) > 0.4 * all, `${first.started} and ${second.started}`);
});

test('of a service few calls are sent before its first answer, of a model without one all', () => {
  const cautious = join(setUp({ isCautious: true }).limiter);
  assert.equal(cautious.calls.length, 10);
  cautious.end(1, { kind: 'failed' });
  assert.equal(cautious.calls.length, 10);
  cautious.end(1);
  assert.equal(cautious.calls.length, 100);
  assert.equal(join(setUp().limiter).calls.length, 100);
});

test('the first answer tells the limits to all calls behind it', () => {
  const { limiter } = setUp({ isCautious: true });
  const greedy = join(limiter);
  greedy.end(1, { kind: 'answered', rateLimit: [{ kind: 'requests', limit: 600, remaining: 20 }] });
  // Of the 20 that were left, 9 had been sent after the call that told.
  assert.equal(greedy.started, 10 + 11);
});

test('a throttle closes it for as long as the service says, and shrinks it once for the whole burst', async () => {
  const { clock, closed, limiter } = setUp();
  const greedy = join(limiter, { maxCalls: 40 });
  greedy.end(10, { kind: 'throttled', afterMs: 5_000 });
  assert.equal(limiter.concurrency, 30);
  greedy.end(30);
  await clock.advance(4_999);
  assert.deepEqual([greedy.calls.length, closed], [0, ['throttled 5000']]);
  await clock.advance(1);
  assert.equal(greedy.calls.length, 30);
  greedy.end(1, { kind: 'throttled', afterMs: 1_000 });
  assert.equal(limiter.concurrency, 22, 'another burst');
});

test('it grows by one for 25 successes while all slots are in use, back to what the user allows', async () => {
  const { clock, limiter } = setUp();
  const greedy = join(limiter, { maxCalls: 4 });
  greedy.end(1, { kind: 'throttled', afterMs: 1 });
  greedy.end(3, { kind: 'failed' });
  await clock.advance(1);
  assert.equal(greedy.calls.length, 3);
  for (let success = 0; success < 24; success++) greedy.end(1);
  assert.equal(limiter.concurrency, 3);
  greedy.end(1);
  assert.equal(limiter.concurrency, 4);
});

test('throttles that do not say how long double the wait from burst to burst, until an answer', async () => {
  const { clock, closed, limiter } = setUp({ maxWaitMs: 3_000 });
  const greedy = join(limiter, { maxCalls: 1 });
  for (let burst = 0; burst < 4; burst++) {
    greedy.end(1, { kind: 'throttled' });
    await clock.advance(3_000);
  }
  greedy.end(1);
  greedy.end(1, { kind: 'throttled', afterMs: 0 });
  // Three quarters of the bound, with a random number of one half.
  assert.deepEqual(closed, ['throttled 750', 'throttled 1500', 'throttled 2250', 'throttled 2250', 'throttled 750']);
});

test('where the quota is used up one call at a time finds out when it is not, and then all go', async () => {
  const { clock, closed, limiter } = setUp();
  const greedy = join(limiter, { maxCalls: 20 });
  greedy.end(20, { kind: 'paused', forMs: 60_000 });
  await clock.advance(59_999);
  assert.equal(greedy.calls.length, 0);
  await clock.advance(1);
  assert.equal(greedy.calls.length, 1);
  greedy.end(1, { kind: 'paused', forMs: 60_000 });
  await clock.advance(60_000);
  assert.deepEqual([greedy.calls.length, closed], [1, ['paused 60000', 'paused 60000']]);
  greedy.end(1);
  assert.equal(greedy.calls.length, 20);
});

test('calls that wait in enter go first, in the order of asking, and leave when they are given up', async () => {
  const { clock, limiter } = setUp();
  const greedy = join(limiter, { maxCalls: 1 });
  const admitted: string[] = [];
  const controller = new AbortController();
  const enter = (name: string, signal = new AbortController().signal): Promise<Admission> =>
    greedy.user.enter(ONE_REQUEST, signal).then(admission => {
      admitted.push(name);
      return admission;
    });
  const first = enter('first');
  const gone = assert.rejects(enter('gone', controller.signal), /not any more/);
  const second = enter('second');
  controller.abort(new Error('not any more'));
  await gone;
  greedy.end(1);
  await clock.advance(0);
  assert.deepEqual([admitted, greedy.started], [['first'], 1]);
  greedy.user.leave(await first, ANSWERED);
  await clock.advance(0);
  assert.deepEqual([admitted, greedy.started], [['first', 'second'], 1]);
  greedy.user.leave(await second, ANSWERED);
  assert.equal(greedy.started, 2);
});

test('the limits of a user end with it', async () => {
  const { clock, limiter } = setUp();
  const bound = join(limiter, { limits: { requests: 60 } });
  const free = join(limiter);
  assert.equal(bound.started + free.started, 1);
  for (const each of [bound, free]) each.end(each.calls.length);
  bound.user.close();
  await clock.advance(0);
  assert.equal(free.calls.length, 100);
  assert.equal(limiter.userCount, 1);
});

/** A store that says how long to wait, from the first question on; 0 once there is nothing left to say. */
function scriptedStore(...waits: (number | Error)[]) {
  const told: string[] = [];
  const store: LimitStore = {
    take(quota, sizes, amounts) {
      told.push(`take ${amounts.requests} of ${quota} ${sizes.map(({ kind, perMinute }) => `${kind} ${perMinute}`).join()}`);
      const wait = waits.shift() ?? 0;
      return wait instanceof Error ? Promise.reject(wait) : Promise.resolve(wait);
    },
    correct: (_quota, { tokens }) => Promise.resolve(void told.push(`correct ${tokens}`)),
    close: (_quota, forMs) => Promise.resolve(void told.push(`close ${forMs}`)),
    end: () => Promise.resolve(),
  };
  return { store, told };
}

test('with a shared store a call waits for its share, and the calls behind it for the call', async () => {
  const { store, told } = scriptedStore(500, 200);
  const { clock, limiter } = setUp({ shared: { store, quota: 'q' } });
  const greedy = join(limiter, { maxCalls: 2, limits: { requests: 1_000_000 } });
  let isReady = false;
  void greedy.calls[0]!.ready!.then(() => void (isReady = true));
  await clock.advance(699);
  assert.deepEqual([isReady, greedy.calls.length, told.length], [false, 1, 2]);
  await clock.advance(1);
  assert.deepEqual([isReady, greedy.calls.length], [true, 2]);
  assert.deepEqual(new Set(told), new Set(['take 1 of q requests 980000']));
});

test('the store is told of throttles and of what calls used beyond their need', async () => {
  const { store, told } = scriptedStore();
  const { clock, limiter } = setUp({ shared: { store, quota: 'q' } });
  const greedy = join(limiter, { maxCalls: 2, limits: { requests: 1_000_000 } });
  await clock.advance(0);
  greedy.end(1, { kind: 'answered', excess: { tokens: 70 } });
  greedy.end(1, { kind: 'throttled', afterMs: 4_000 });
  await clock.advance(0);
  assert.deepEqual(
    told.filter(each => !each.startsWith('take')),
    ['correct 70', 'close 4000'],
  );
});

test('nothing is sent while the store does not answer, which is told once', async () => {
  const { store } = scriptedStore(new Error('gone'), new Error('gone'));
  const failures: string[] = [];
  const { clock, limiter } = setUp({ shared: { store, quota: 'q' }, onStoreFailed: reason => void failures.push(reason) });
  const greedy = join(limiter, { maxCalls: 1, limits: { requests: 1_000_000 } });
  let isReady = false;
  void greedy.calls[0]!.ready!.then(() => void (isReady = true));
  await clock.advance(1_999);
  assert.equal(isReady, false);
  await clock.advance(1);
  assert.equal(isReady, true);
  assert.equal(failures.length, 1);
});
