import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../common/clock.js';
import type { BucketSize } from '../../spec/limit-store.js';
import type { FromProcess, ProcessStart, Taken } from './limit-process.test.fixture.js';
import { redisUrl, startOwnRedis, withoutRedis } from './redis.test.fixture.js';

const PROCESSES = 4;
// Both hold what comes back in 2 s: a machine that lets all processes wait for longer loses some.
const REQUESTS: BucketSize = { kind: 'requests', perMinute: 3_000, burst: 100 };
const TOKENS: BucketSize = { kind: 'tokens', perMinute: 600_000, burst: 20_000 };
const SIZES = [REQUESTS, TOKENS];

/** Processes that take what they can until the test ends them. */
class Group {
  readonly taken: Taken[] = [];
  failures = 0;
  readonly #children: ChildProcess[] = [];

  async start(start: ProcessStart): Promise<ChildProcess> {
    const child = fork(fileURLToPath(new URL('./limit-process.test.fixture.js', import.meta.url)), ['take-all']);
    this.#children.push(child);
    const ready = new Promise<void>(resolve => {
      child.on('message', (message: FromProcess) => {
        if (message.kind === 'ready') resolve();
        else if (message.kind === 'failed') this.failures++;
        else this.taken.push(message.taken);
      });
    });
    child.send(start);
    await ready;
    return child;
  }

  async startAll(start: Omit<ProcessStart, 'skewMs'>, skews: readonly number[] = []): Promise<void> {
    await Promise.all(Array.from({ length: PROCESSES }, (_, i) => this.start({ ...start, skewMs: skews[i] ?? 0 })));
  }

  /** Resolves when at least so many calls have got what they asked for since the call. */
  async until(calls: number): Promise<void> {
    const wanted = this.taken.length + calls;
    while (this.taken.length < wanted) await systemClock.sleep(10);
  }

  async kill(): Promise<void> {
    await Promise.all(
      this.#children.map(async child => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }),
    );
  }
}

async function within(body: (group: Group) => Promise<void>): Promise<void> {
  const group = new Group();
  try {
    await body(group);
  } finally {
    await group.kill();
  }
}

/**
 * The most by which what was taken in any span of time exceeds `burst + rate × time`, at the earliest that each span may
 * have ended and the latest that it may have begun: above 0, a bucket gave out what it did not have.
 */
function excess(taken: readonly Taken[], { kind, perMinute, burst }: BucketSize): number {
  const perMs = perMinute / 60_000;
  // A call may have been served at any time between its ends, so that a span from one to another lasts at most from the
  // beginning of the first to the end of the last.
  const byEnd = taken.toSorted((a, b) => a.to - b.to);
  let worst = -Infinity;
  for (const first of byEnd) {
    let sum = 0;
    for (const last of byEnd) {
      if (last.from < first.from) continue;
      sum += last[kind as 'requests' | 'tokens'];
      worst = Math.max(worst, sum - burst - perMs * (last.to - first.from));
    }
  }
  return worst;
}

/** What was taken as a part of what the bucket could have given in the same time, without its first filling. */
function used(taken: readonly Taken[], { kind, perMinute, burst }: BucketSize): number {
  const sum = taken.reduce((total, each) => total + each[kind as 'requests' | 'tokens'], 0);
  const first = Math.min(...taken.map(each => each.from));
  const last = Math.max(...taken.map(each => each.to));
  return (sum - burst) / ((perMinute / 60_000) * (last - first));
}

function assertLaw(taken: readonly Taken[], allowance = 0): void {
  for (const size of SIZES) {
    const over = excess(taken, size);
    assert.ok(over <= allowance + 1e-6, `${over} ${size.kind} more than the limit allows`);
  }
}

for (const [limit, call] of [
  ['requests', { requests: 1, tokens: 1 }],
  ['tokens', { requests: 1, tokens: 250 }],
] as const) {
  test(`four processes with wrong clocks never take more ${limit} than there are, and leave none`, { skip: withoutRedis }, () =>
    within(async group => {
      await group.startAll({ url: redisUrl!, quota: randomUUID(), sizes: SIZES, ...call }, [0, 3_600_000, -3_600_000, 86_400_000]);
      // Twice what the bucket holds, so that the rate decides.
      await group.until(200);
      await group.kill();
      assertLaw(group.taken);
      const share = used(group.taken, limit === 'requests' ? REQUESTS : TOKENS);
      assert.ok(share >= 0.95, `${share} of the ${limit}`);
      assert.equal(group.failures, 0);
    }),
  );
}

test('a process that is killed holds nothing', { skip: withoutRedis }, () =>
  within(async group => {
    const start = { url: redisUrl!, quota: randomUUID(), sizes: SIZES, requests: 1, tokens: 1, skewMs: 0 };
    const [victim] = await Promise.all([group.start(start), group.start(start)]);
    await group.until(REQUESTS.burst + 10);
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    const alone = group.taken.length;
    await group.until(75);
    await group.kill();
    assertLaw(group.taken);
    // The bucket was empty when it died.
    const share = used(group.taken.slice(alone), { ...REQUESTS, burst: 0 });
    assert.ok(share >= 0.95, `${share} of the requests by the one that is left`);
  }),
);

test('Redis is started again in the middle: all go on, with at most one burst more', { skip: withoutRedis }, () =>
  within(async group => {
    let redis = await startOwnRedis();
    try {
      await group.startAll({ url: redis.url, quota: 'q', sizes: SIZES, requests: 1, tokens: 1 });
      await group.until(REQUESTS.burst + 50);
      await redis.stop();
      const before = group.taken.length;
      while (group.failures < PROCESSES) await systemClock.sleep(10);
      redis = await startOwnRedis({ port: redis.port });
      await group.until(REQUESTS.burst + 25);
      await group.kill();
      assertLaw(group.taken.slice(0, before));
      assertLaw(group.taken, REQUESTS.burst);
    } finally {
      await redis.stop();
    }
  }),
);

test('the measure of these tests tells when a limit was exceeded', () => {
  const at = (ms: number, tokens = 1): Taken => ({ requests: 1, tokens, from: ms, to: ms });
  const burst = Array.from({ length: REQUESTS.burst }, () => at(0));
  assert.ok(excess([...burst, at(20)], REQUESTS) <= 0);
  assert.ok(excess([...burst, at(19)], REQUESTS) > 0);
  assert.ok(excess([at(0), at(60_000, 20_000), at(60_001, 12)], TOKENS) > 0);
});
