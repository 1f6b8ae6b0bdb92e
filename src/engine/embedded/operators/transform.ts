import type { Batch } from '../../../spec/batch.js';
import { joinCredits, type OperatorFactory } from '../operator.js';

/** An operator without state that turns each batch into one, into several, or into nothing. */
export function transformOperator(transform: (batch: Batch) => Batch | readonly Batch[] | undefined): OperatorFactory {
  return context => ({
    open() {},
    push(element) {
      if (element.kind === 'batch') {
        const result = transform(element);
        if (result === undefined || 'kind' in result) return result && context.output.emit(result);
        return joinCredits(result.map(each => context.output.emit(each)));
      }
      if (element.kind === 'barrier') context.snapshot(element.checkpoint, undefined);
      return context.output.emit(element);
    },
    close: () => Promise.resolve(),
  });
}
