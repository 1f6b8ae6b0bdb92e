import { asElementType, familyOf } from '../../spec/element-type.js';
import type { ClassLabels, ModelOutput, OutputKind } from '../../spec/model-runtime.js';
import type { ProbedOutput } from './worker-protocol.js';

/** What a file says about the classes of a model. */
export interface KnownLabels {
  /** By output. */
  readonly zipMapLabels: ReadonlyMap<string, ClassLabels>;
  /** Of the model's classifier; `undefined` when there are none or several lists. */
  readonly classLabels: ClassLabels | undefined;
  /** By output, where the file tells; names and types decide about the others. */
  readonly kinds?: ReadonlyMap<string, OutputKind> | undefined;
}

export interface Trialled extends KnownLabels {
  /** Rows that the outputs are for. */
  readonly rows: number;
  /** The same outputs for rows of another shape: those that differ have open shapes. */
  readonly others?: readonly ProbedOutput[] | undefined;
}

/** The outputs of a trial run, with the labels that the file has for them. */
export function outputTensors(probed: readonly ProbedOutput[], trialled: Trialled): ModelOutput[] {
  const outputs = probed.map((output, i) => outputTensor(output, trialled.others?.[i], trialled));
  const hasProbabilities = outputs.some(({ kind }) => kind === 'probability');
  return outputs.map((output): ModelOutput => {
    if (output.kind === 'margin') return { ...output, onRequest: hasProbabilities };
    return output.kind === undefined && isLabel(output, hasProbabilities) ? { ...output, kind: 'class' } : output;
  });
}

function outputTensor(
  { name, element: elementName, dims }: ProbedOutput,
  other: ProbedOutput | undefined,
  trialled: Trialled,
): ModelOutput {
  const { rows, zipMapLabels, classLabels, kinds } = trialled;
  // A model that takes one row at a time may give it without a dimension that counts rows.
  const isBare = rows === 1 && dims[0] !== 1;
  const rowShape = isBare ? dims : dims.slice(1);
  const width = rowShape.reduce((product, size) => product * size, 1);
  const isOpen = other !== undefined && other.dims.slice(1).some((size, i) => size !== dims[i + 1]);
  const sameRank = other === undefined || other.dims.length === dims.length;
  const countsRows = isBare ? !isOpen : dims[0] === rows && sameRank;
  const element = countsRows && elementName !== undefined ? asElementType(elementName) : undefined;
  if (isOpen) return { name, element, rowShape, width, classes: undefined, isOpen };
  const isFloat = element !== undefined && familyOf(element) === 'float';
  const labels = [zipMapLabels.get(name), classLabels].find(list => list?.length === width);
  const kind = kinds?.get(name) ?? kindInName(name, { isFloat, width, labels });
  const isScore = kind === 'probability' || kind === 'margin';
  return {
    name,
    element,
    rowShape,
    width,
    classes: isFloat && isScore ? (labels ?? (kind === 'probability' ? [] : undefined)) : undefined,
    kind,
  };
}

function kindInName(
  name: string,
  { isFloat, width, labels }: { isFloat: boolean; width: number; labels: ClassLabels | undefined },
): OutputKind | undefined {
  if (!isFloat) return /leaf/i.test(name) ? 'leaf' : undefined;
  if (/logit|margin|decision_function|raw_score/i.test(name)) return 'margin';
  return labels || (/prob/i.test(name) && width > 1) ? 'probability' : undefined;
}

/** A single text or integer a row, in a classifier or by its name. */
function isLabel({ name, element, width }: ModelOutput, hasProbabilities: boolean): boolean {
  if (element === undefined || width !== 1) return false;
  const family = familyOf(element);
  return (family === 'string' || family === 'integer') && (hasProbabilities || /label|class|cluster|predict/i.test(name));
}
