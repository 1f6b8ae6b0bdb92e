import { asElementType, familyOf } from '../../spec/element-type.js';
import type { ClassLabels, ModelOutput } from '../../spec/model-runtime.js';
import type { ProbedOutput } from './worker-protocol.js';

/** What a file says about the classes of a model. */
export interface KnownLabels {
  /** By output. */
  readonly zipMapLabels: ReadonlyMap<string, ClassLabels>;
  /** Of the model's classifier; `undefined` when there are none or several lists. */
  readonly classLabels: ClassLabels | undefined;
}

/** The outputs of a trial run over `rows` rows, with the labels that the file has for them. */
export function outputTensors(
  probed: readonly ProbedOutput[],
  { rows, zipMapLabels, classLabels }: KnownLabels & { readonly rows: number },
): ModelOutput[] {
  return probed.map(({ name, element: elementName, dims }) => {
    const rowShape = dims.slice(1);
    const width = rowShape.reduce((product, size) => product * size, 1);
    const element = dims[0] === rows && elementName !== undefined ? asElementType(elementName) : undefined;
    const isFloat = element !== undefined && familyOf(element) === 'float';
    const labels = [zipMapLabels.get(name), classLabels].find(list => list?.length === width);
    const named = /prob/i.test(name) && width > 1;
    const classes = isFloat && (labels || named) ? (labels ?? []) : undefined;
    return { name, element, rowShape, width, classes, kind: classes && 'probability' };
  });
}
