import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { MillraceError } from '../../common/error.js';
import type { Batch } from '../../spec/batch.js';
import type { ModelCall, ModelResult } from '../../spec/provider.js';
import type { ServiceUnderTest } from './service-under-test.js';

export interface PredictInit extends Partial<ModelCall> {
  /** Other inputs than those of the service. */
  readonly inputs?: Batch;
}

/** One call. */
export function predict({ model, inputs }: ServiceUnderTest, { inputs: others, ...call }: PredictInit = {}): Promise<ModelResult> {
  return model.predict(others ?? inputs, { signal: new AbortController().signal, callId: 'call-1', ...call });
}

/**
 * The error of a call that must fail, checked for what every error must hold to.
 *
 * @returns what the call rejects with, or the failure of the first input where the call as a whole has succeeded.
 */
export async function failure(service: ServiceUnderTest): Promise<MillraceError> {
  const thrown: unknown = await predict(service).then(
    ({ failures }) => failures?.get(0) ?? assert.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(MillraceError.is(thrown), String(thrown));
  assert.ok(!thrown.message.includes('\n'), 'the message has several lines');
  if (service.key !== undefined) {
    const shown = inspect(thrown, { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null });
    assert.ok(!shown.includes(service.key), 'the error shows the key');
  }
  return thrown;
}

/** Turns of the event loop until `condition` holds; the test runner's timeout bounds them. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 1));
}

/** A part of the service under test that a check cannot do without. */
export function needed<Part>(part: Part | undefined, name: string, feature: string): Part {
  return part ?? assert.fail(`open() gives no "${name}"; give one, or name "${feature}" in "except"`);
}
