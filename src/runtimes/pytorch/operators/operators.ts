import type { Operator } from '../execute/operator.js';
import { ACTIVATION } from './activation.js';
import { ARITHMETIC } from './arithmetic.js';
import { ATTENTION } from './attention.js';
import { COMPARISON } from './comparison.js';
import { CONVERSION } from './conversion.js';
import { CONVOLUTION } from './convolution.js';
import { CREATION } from './creation.js';
import { INDEXING } from './indexing.js';
import { LINEAR } from './linear.js';
import { NORMALIZATION } from './normalization.js';
import { POINTWISE } from './pointwise.js';
import { POOLING } from './pooling.js';
import { LIST_SLICE, PYTHON } from './python.js';
import { REARRANGING } from './rearranging.js';
import { RECURRENT } from './recurrent.js';
import { REDUCTION } from './reduction.js';
import type { OperatorTable } from './table.js';
import { VIEWS } from './views.js';

const TABLES: readonly OperatorTable[] = [
  ARITHMETIC,
  POINTWISE,
  ACTIVATION,
  COMPARISON,
  REDUCTION,
  VIEWS,
  REARRANGING,
  INDEXING,
  LINEAR,
  NORMALIZATION,
  CONVOLUTION,
  POOLING,
  RECURRENT,
  ATTENTION,
  CREATION,
  CONVERSION,
  PYTHON,
  { 'aten::slice': [LIST_SLICE, ...[VIEWS['aten::slice']!].flat()] },
];

/** Every operation that the runtime knows: its signatures by name. */
export const OPERATORS: ReadonlyMap<string, readonly Operator[]> = new Map(
  TABLES.flatMap(table => Object.entries(table).map(([name, alternatives]) => [name, [alternatives].flat()] as const)),
);
