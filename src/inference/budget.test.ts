import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.js';
import { Budget, type BudgetInit, type Reservation } from './budget.js';
import { ONE_REQUEST, type Need } from './token-meter.js';

/** A dollar for a million input tokens, ten for output. */
const PRICE = { input: 1, output: 10 };

function setUp(init: Partial<BudgetInit> = {}) {
  const clock = createFakeClock();
  const told: string[] = [];
  const budget = new Budget({
    model: 'm',
    maxCost: undefined,
    maxTokens: undefined,
    windowMs: undefined,
    action: 'pause',
    price: PRICE,
    clock,
    onSpent: reason => void told.push(reason),
    ...init,
  });
  return { clock, told, budget };
}

function needOf(input: number, output = 0): Need {
  return { ...ONE_REQUEST, tokens: input + output, 'input-tokens': input, 'output-tokens': output };
}

/** A call that took what was expected. */
function spend(budget: Budget, input: number): void {
  const reservation = budget.reserve(needOf(input));
  assert.ok(reservation, `${input} tokens are left`);
  budget.charge({ inputTokens: input, outputTokens: 0 }, input * 1_000);
  budget.release(reservation);
}

test('calls under way count with what they are expected to take', () => {
  const { budget, told } = setUp({ maxTokens: 100 });
  const first = budget.reserve(needOf(40, 20));
  assert.deepEqual(first, { tokens: 60, nanos: 240_000 } satisfies Reservation);
  assert.equal(budget.reserve(needOf(41)), undefined);
  assert.deepEqual([budget.isSpent, told], [false, []], 'the first may take less');
  assert.ok(budget.reserve(needOf(40)));
});

test('what a call really took is what is spent', () => {
  const { budget } = setUp({ maxTokens: 100 });
  const reservation = budget.reserve(needOf(90))!;
  budget.charge({ inputTokens: 20, outputTokens: 10 }, 0);
  budget.release(reservation);
  assert.deepEqual(budget.left, { tokens: 70 });
  assert.ok(budget.reserve(needOf(70)));
});

test('a budget of money counts by the price', () => {
  const { budget } = setUp({ maxCost: 0.001 });
  spend(budget, 600);
  assert.equal(budget.left.cost!.toFixed(6), '0.000400');
  assert.equal(budget.reserve(needOf(0, 41)), undefined);
  assert.ok(budget.reserve(needOf(0, 40)));
});

test('a budget of nothing allows nothing', () => {
  assert.equal(setUp({ maxCost: 0 }).budget.reserve(needOf(0)), undefined);
});

test('a call that no budget is large enough for is never made', () => {
  const { budget, told } = setUp({ maxTokens: 100 });
  assert.equal(budget.reserve(needOf(101)), undefined);
  assert.deepEqual([budget.isSpent, told], [true, ['100 tokens']]);
});

test('it is told once that it is spent, and again in another window', async () => {
  const { clock, budget, told } = setUp({ maxTokens: 100, maxCost: 5, windowMs: 60_000 });
  spend(budget, 100);
  assert.equal(budget.reserve(needOf(1)), undefined);
  assert.equal(budget.reserve(needOf(1)), undefined);
  assert.deepEqual(told, ['$5 or 100 tokens in 1 min']);
  await clock.advance(60_000);
  spend(budget, 100);
  assert.equal(budget.reserve(needOf(1)), undefined);
  assert.equal(told.length, 2);
});

test('a window starts with its first call, and the next one with the first after it', async () => {
  const { clock, budget } = setUp({ maxTokens: 100, windowMs: 60_000 });
  await clock.advance(50_000);
  spend(budget, 100);
  await clock.advance(59_999);
  assert.equal(budget.reserve(needOf(1)), undefined);
  await clock.advance(1);
  spend(budget, 100);
});

test('without a window it is spent for good', async () => {
  const { clock, budget } = setUp({ maxTokens: 100 });
  spend(budget, 100);
  await clock.advance(1e9);
  assert.equal(budget.reserve(needOf(1)), undefined);
  budget.onRoom(() => assert.fail('there is none'));
  assert.equal(clock.pendingTimers, 0);
});

test('who waits is called when a call gives back, and when the window ends; not after the end of the wait', async () => {
  const { clock, budget } = setUp({ maxTokens: 100, windowMs: 60_000 });
  const reservation = budget.reserve(needOf(100))!;
  let calls = 0;
  const end = budget.onRoom(() => void calls++);
  budget.release(reservation);
  assert.equal(calls, 1);
  await clock.advance(60_000);
  assert.equal(calls, 2);
  spend(budget, 100);
  const endOther = budget.onRoom(() => void calls++);
  end();
  endOther();
  const before = calls;
  await clock.advance(120_000);
  assert.deepEqual([calls, clock.pendingTimers], [before, 0]);
});

test('its error names the model and the bounds', () => {
  const { budget } = setUp({ maxCost: 2.5, windowMs: 3_600_000 });
  const { code, message } = budget.failure();
  assert.deepEqual([code, message], ['BUDGET_SPENT', 'the budget of model "m" is spent: $2.5 in 1 h 0 min']);
});
