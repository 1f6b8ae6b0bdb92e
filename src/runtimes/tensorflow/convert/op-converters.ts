import { ARRAY_OPS } from './array-ops.js';
import { CHOICE_OPS } from './choice-ops.js';
import { CONVOLUTION_OPS } from './convolution-ops.js';
import { ELEMENTWISE_OPS } from './elementwise-ops.js';
import { LIST_OPS } from './list-ops.js';
import { MATRIX_OPS } from './matrix-ops.js';
import type { Converter } from './op.js';
import { REDUCTION_OPS } from './reduction-ops.js';
import { SPACE_OPS } from './space-ops.js';

/** By operator, how it becomes operators of ONNX. */
export const OP_CONVERTERS: Readonly<Record<string, Converter>> = {
  ...ELEMENTWISE_OPS,
  ...ARRAY_OPS,
  ...CHOICE_OPS,
  ...SPACE_OPS,
  ...MATRIX_OPS,
  ...CONVOLUTION_OPS,
  ...REDUCTION_OPS,
  ...LIST_OPS,
};
