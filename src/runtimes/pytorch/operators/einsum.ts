import { resultType } from '../graph/dtype.js';
import { isRows, RowsMixed, sameDimension, type Dimension } from '../graph/dimension.js';
import { refuseShapes } from '../graph/emitter.js';
import { promotedOf, type OperatorContext } from '../execute/operator.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';

/**
 * A sum of products by the letters of its axes, as `bij,bjk->bik`.
 *
 * @throws {RowsMixed} where rows are summed over, or meet themselves under another letter.
 */
export function einsum(context: OperatorContext, equation: string, tensors: readonly GraphTensor[]): GraphTensor {
  const { emitter } = context;
  const compact = equation.replaceAll(' ', '');
  const parsed = /^([A-Za-z]+(?:,[A-Za-z]+)*)(?:->([A-Za-z]*))?$/.exec(compact);
  if (parsed === null) throw unsupported(`einsum of "${equation.slice(0, 80)}"`);
  const terms = parsed[1]!.split(',');
  if (terms.length !== tensors.length) throw unsupported(`einsum of "${equation.slice(0, 80)}" with ${tensors.length} tensors`);
  const result =
    parsed[2] ??
    [...new Set(terms.join(''))]
      .filter(letter => terms.join('').split(letter).length === 2)
      .toSorted()
      .join('');
  const sizes = new Map<string, Dimension>();
  for (const [i, term] of terms.entries()) {
    const { shape } = tensors[i]!;
    if (term.length !== shape.length || new Set(term).size !== term.length)
      throw unsupported(`einsum of "${equation.slice(0, 80)}" with these shapes`);
    for (const [axis, letter] of [...term].entries()) {
      const size = shape[axis]!;
      const known = sizes.get(letter) ?? size;
      if (!sameDimension(known, size)) refuseShapes(tensors[0]!.shape, shape, { actual: known, expected: size });
      sizes.set(letter, size);
    }
  }
  const rows = [...sizes].filter(([, size]) => isRows(size)).map(([letter]) => letter);
  if (rows.length > 1 || rows.some(letter => !result.includes(letter))) throw new RowsMixed();
  const dtype = resultType(tensors.map(tensor => promotedOf(context.tensor(tensor))));
  const inputs = tensors.map(tensor => emitter.cast(tensor, dtype));
  // ONNX has lower case letters only.
  const letters = [...sizes.keys()];
  const rename = (term: string): string => [...term].map(letter => String.fromCharCode(97 + letters.indexOf(letter))).join('');
  if (letters.length > 26) throw unsupported('einsum of more than 26 letters');
  const shape = [...result].map(letter => sizes.get(letter) ?? 1);
  return emitter.op('Einsum', inputs, { dtype, shape }, { equation: { s: `${terms.map(rename).join(',')}->${rename(result)}` } });
}
