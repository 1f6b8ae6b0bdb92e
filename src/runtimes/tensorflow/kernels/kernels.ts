import { ARRAY_KERNELS } from './array-kernels.js';
import { ELEMENTWISE_KERNELS } from './elementwise-kernels.js';
import type { Kernel } from './kernel.js';
import { SPARSE_KERNELS } from './sparse-kernels.js';
import { STRING_KERNELS } from './string-kernels.js';

/** By operator. */
export const KERNELS: Readonly<Record<string, Kernel>> = { ...ARRAY_KERNELS, ...ELEMENTWISE_KERNELS, ...SPARSE_KERNELS, ...STRING_KERNELS };
