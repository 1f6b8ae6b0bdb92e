import type { Operator, OperatorContext } from '../execute/operator.js';
import { sameShape } from '../graph/dimension.js';
import { DTYPES, type DType } from '../graph/dtype.js';
import type { GraphTensor, TensorCell } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';

/** Operations by name; of several signatures the first that fits the arguments is taken. */
export type OperatorTable = Readonly<Record<string, Operator | readonly Operator[]>>;

/** The table and, for each operation, the one that does the same in place: `aten::add_` of `aten::add`. */
export function withInPlace(table: OperatorTable): OperatorTable {
  const inPlace = Object.entries(table).map(([name, alternatives]) => [`${name}_`, [alternatives].flat().map(inPlaceOf)] as const);
  return { ...table, ...Object.fromEntries(inPlace) };
}

function inPlaceOf(functional: Operator): Operator {
  return {
    parameters: functional.parameters,
    run: (context, given) => {
      const cell = given.value(functional.parameters[0]!.name);
      const result = functional.run(context, given);
      if (cell.kind !== 'tensor' || result.kind !== 'tensor') return result;
      store(context, cell, result.get());
      return cell;
    },
  };
}

/** Puts a result into a tensor, which keeps its type and shape. */
export function store(context: OperatorContext, cell: TensorCell, result: GraphTensor): void {
  const { dtype, shape } = cell.get();
  if (!sameShape(result.shape, shape)) throw unsupported('a result in place that is larger than the tensor');
  if (categoryRank(result.dtype) > categoryRank(dtype)) throw unsupported(`a result of ${result.dtype} put into a tensor of ${dtype}`);
  context.assign(cell, context.emitter.cast(result, dtype));
}

function categoryRank(dtype: DType): number {
  return ['bool', 'integer', 'float'].indexOf(DTYPES[dtype].category);
}
