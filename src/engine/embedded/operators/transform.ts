import type { Batch } from '../../../spec/batch.js';
import type { OperatorFactory } from '../operator.js';

/** An operator without state that turns each batch into one, or into nothing. */
export function transformOperator(transform: (batch: Batch) => Batch | undefined): OperatorFactory {
  return context => ({
    open() {},
    push(element) {
      if (element.kind === 'batch') {
        const result = transform(element);
        return result && context.output.emit(result);
      }
      if (element.kind === 'barrier') context.snapshot(element.checkpoint, undefined);
      return context.output.emit(element);
    },
    close: () => Promise.resolve(),
  });
}
