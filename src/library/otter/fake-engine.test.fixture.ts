import { InferenceResult, type Features, type InferenceEngine, type OutputValue } from '../../spec/inference-engine.js';

export interface FakeEngine extends InferenceEngine {
  closed: number;
  readonly asked: Features[];
}

/** An engine that gives the same outputs for every row, fails with a text, or throws; a function decides by the row. */
export function fakeEngine(
  answer: Record<string, OutputValue> | string | Error | ((features: Features) => InferenceResult | Promise<InferenceResult>) = { y: 1 },
): FakeEngine {
  const asked: Features[] = [];
  return {
    asked,
    closed: 0,
    initialize: () => Promise.resolve(),
    async infer(features) {
      asked.push(features);
      if (typeof answer === 'function') return answer(features);
      if (answer instanceof Error) throw answer;
      return typeof answer === 'string' ? InferenceResult.failure(answer) : InferenceResult.success(answer);
    },
    close() {
      this.closed++;
      return Promise.resolve();
    },
  };
}
