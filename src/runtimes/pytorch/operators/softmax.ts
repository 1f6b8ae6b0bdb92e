import { axisOf, type OperatorContext } from '../execute/operator.js';
import { fixedSize } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';

/** Softmax or its logarithm along one axis. */
export function softmax({ emitter }: OperatorContext, x: GraphTensor, dim: number, opType: 'Softmax' | 'LogSoftmax'): GraphTensor {
  const axis = axisOf(dim, x.shape.length);
  if (x.shape.length === 0) return emitter.reshape(emitter.same(opType, emitter.reshape(x, [1]), { axis: { i: 0 } }), []);
  fixedSize(x.shape[axis]);
  return emitter.widened(x, wide => emitter.same(opType, wide, { axis: { i: axis } }));
}
