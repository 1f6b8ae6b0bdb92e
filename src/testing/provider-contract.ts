import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { ErrorCode } from '../common/error-codes.js';
import { MillraceError } from '../common/error.js';
import type { Batch } from '../spec/batch.js';
import type { Model, ModelResult } from '../spec/provider.js';

/** The state of a service that a contract test asks for. */
export type ServiceCondition =
  /** Answers every request, correctly. */
  | { readonly kind: 'normal' }
  /** Answers every request with this status and the body that the service sends with it. */
  | { readonly kind: 'status'; readonly status: number }
  /** Takes longer to answer than the test waits. */
  | { readonly kind: 'slow' }
  /** Breaks every connection off. */
  | { readonly kind: 'reset' }
  /** Answers every request with half of a body. */
  | { readonly kind: 'truncated' };

/** A model on a fresh simulator of its service. */
export interface ServiceUnderTest {
  readonly model: Model;
  /** One call's worth of valid inputs, at least one row. */
  readonly inputs: Batch;
  /** The credential that the model was opened with; absent for providers without one. */
  readonly key?: string;
  /** Requests that have arrived at the simulator. */
  requests(): number;
  /** Requests that are being answered. */
  inFlight(): number;
  close(): Promise<void>;
}

export interface ProviderContract {
  /** Name of the provider, for the tests' names. */
  readonly name: string;
  readonly open: (condition: ServiceCondition) => Promise<ServiceUnderTest>;
  /** Conditions that the service cannot be in, such as broken connections without a network. */
  readonly except?: readonly ServiceCondition['kind'][];
}

/** What each status must become: `inference.md`, "Outcomes". */
const STATUS_CODES: readonly (readonly [status: number, code: ErrorCode, retry: 'never' | 'later'])[] = [
  [400, 'REFUSED', 'never'],
  [401, 'UNAUTHORIZED', 'never'],
  [402, 'QUOTA_EXCEEDED', 'never'],
  [403, 'UNAUTHORIZED', 'never'],
  [404, 'REFUSED', 'never'],
  [408, 'SERVICE_ERROR', 'later'],
  [409, 'SERVICE_ERROR', 'later'],
  [413, 'REFUSED', 'never'],
  [422, 'REFUSED', 'never'],
  [429, 'RATE_LIMITED', 'later'],
  [500, 'SERVICE_ERROR', 'later'],
  [502, 'SERVICE_ERROR', 'later'],
  [503, 'SERVICE_ERROR', 'later'],
  [529, 'SERVICE_ERROR', 'later'],
];

/** What every provider must hold to. A provider's own test calls this once with its simulator. */
export function providerContract({ name, open, except = [] }: ProviderContract): void {
  /** Runs one call under a condition, with the service closed afterwards whatever happens. */
  async function under(condition: ServiceCondition, check: (service: ServiceUnderTest) => Promise<void>): Promise<void> {
    const service = await open(condition);
    try {
      await check(service);
    } finally {
      await service.model.close?.();
      await service.close();
    }
  }

  test(`${name}: a call is one request and answers every input`, () =>
    under({ kind: 'normal' }, async service => {
      const result = await predict(service);
      assert.equal(service.requests(), 1);
      assert.equal(result.failures?.size ?? 0, 0);
      const answered = new Set(result.inputOf ?? Array.from({ length: service.inputs.rowCount }, (_, row) => row));
      assert.equal(answered.size, service.inputs.rowCount);
      for (const column of result.outputs) assert.ok(column.values.length >= answered.size);
    }));

  test(`${name}: tokens are counted`, () =>
    under({ kind: 'normal' }, async service => {
      const { usage } = await predict(service);
      assert.ok(usage !== undefined && usage.inputTokens > 0 && usage.outputTokens >= 0);
    }));

  for (const [status, code, retry] of STATUS_CODES) {
    test(`${name}: ${status} is ${code}, after one request`, () =>
      under({ kind: 'status', status }, async service => {
        const error = await failure(service);
        assert.equal(error.code, code);
        assert.equal(error.context.httpStatus, status);
        assert.equal(error.retry === 'never' ? 'never' : 'later', retry);
        assert.equal(service.requests(), 1);
      }));
  }

  const broken: readonly [ServiceCondition['kind'] & ('reset' | 'truncated'), readonly ErrorCode[]][] = [
    ['reset', ['UNREACHABLE']],
    ['truncated', ['SERVICE_ERROR', 'BAD_ANSWER']],
  ];
  for (const [kind, codes] of broken.filter(([condition]) => !except.includes(condition))) {
    test(`${name}: an answer that is ${kind} fails after one request and may be tried again`, () =>
      under({ kind }, async service => {
        const error = await failure(service);
        assert.ok(codes.includes(error.code), `${error.code} is not one of ${codes.join(', ')}`);
        assert.notEqual(error.retry, 'never');
        assert.equal(service.requests(), 1);
      }));
  }

  test(`${name}: an abort reaches the service and rejects with its reason`, () =>
    under({ kind: 'slow' }, async service => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const call = service.model.predict(service.inputs, { signal: controller.signal, callId: 'call-1' });
      await until(() => service.inFlight() === 1);
      controller.abort(reason);
      await assert.rejects(call, thrown => thrown === reason);
      await until(() => service.inFlight() === 0);
    }));
}

function predict({ model, inputs }: ServiceUnderTest): Promise<ModelResult> {
  return model.predict(inputs, { signal: new AbortController().signal, callId: 'call-1' });
}

/** The error of a call that must fail, checked for what every error must hold to. */
async function failure(service: ServiceUnderTest): Promise<MillraceError> {
  const thrown: unknown = await predict(service).then(
    () => assert.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(MillraceError.is(thrown), String(thrown));
  if (service.key !== undefined) {
    assert.ok(!inspect(thrown, { depth: 10 }).includes(service.key), 'the error shows the key');
  }
  return thrown;
}

/** Turns of the event loop until `condition` holds; the test runner's timeout bounds them. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 1));
}
