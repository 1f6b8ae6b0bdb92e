import { toLong } from '../../common/long.js';
import type { ModelOutput } from '../../spec/model-runtime.js';
import type { Result } from './evaluate/results.js';
import { familyOf } from './evaluate/value.js';

/** How a result of a document is told to those who bind columns. */
export function outputOf(result: Result): ModelOutput {
  const { name, kind, width, classes } = result;
  return {
    name,
    element: elementOf(result),
    rowShape: width === 1 ? [] : [width],
    width,
    classes: classes?.map(value => (typeof value === 'number' && Number.isInteger(value) ? toLong(BigInt(value)) : String(value))),
    ...(kind === 'probabilities' && { kind: 'probability' }),
    ...(kind === 'predicted' && result.type.opType !== 'continuous' && { kind: 'class' }),
    // Output fields are many, and a column of another name should not read one of them by chance.
    ...(kind === 'output' && { onRequest: true }),
  };
}

/** Texts for what columns have no number for; whole numbers where the document says integer and does not compute with it. */
export function elementOf({ kind, type }: Pick<Result, 'kind' | 'type'>): 'string' | 'bool' | 'int64' | 'float64' {
  switch (familyOf(type.dataType)) {
    case 'string':
    case 'instant':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number': {
      const isWhole = type.dataType !== 'double' && type.dataType !== 'float';
      return isWhole && (kind === 'output' || type.opType !== 'continuous') ? 'int64' : 'float64';
    }
  }
}
