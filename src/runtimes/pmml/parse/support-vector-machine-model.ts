import { readModelHead, type ModelHead } from './model-head.js';
import { readVector } from './numbers.js';
import {
  attributeOf,
  booleanAttribute,
  childOf,
  childrenOf,
  numberAttribute,
  refuse,
  requiredAttribute,
  requiredChild,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

export type Kernel =
  | { readonly kind: 'linear' }
  | { readonly kind: 'polynomial'; readonly gamma: number; readonly coef0: number; readonly degree: number }
  | { readonly kind: 'radialBasis'; readonly gamma: number }
  | { readonly kind: 'sigmoid'; readonly gamma: number; readonly coef0: number };

export type VectorField =
  | { readonly field: string; readonly value: undefined }
  | { readonly field: string; readonly value: string; readonly coefficient: number };

export interface SupportVectorMachine {
  readonly targetCategory: string | undefined;
  readonly alternateTargetCategory: string | undefined;
  readonly threshold: number | undefined;
  readonly intercept: number;
  readonly coefficients: readonly number[];
  /** Ids of vectors, one a coefficient; absent when the coefficients are of the vector's fields. */
  readonly vectors: readonly string[] | undefined;
}

// Sparse vectors are written out, so a small document could ask for any amount of memory.
const MOST_VALUES = 67_108_864;

/** https://dmg.org/pmml/v4-4-1/SupportVectorMachine.html */
export interface SupportVectorMachineModel extends ModelHead {
  readonly kind: 'SupportVectorMachineModel';
  readonly threshold: number;
  readonly maxWins: boolean;
  readonly method: 'OneAgainstAll' | 'OneAgainstOne';
  readonly kernel: Kernel;
  readonly fields: readonly VectorField[];
  readonly vectors: ReadonlyMap<string, readonly number[]>;
  readonly machines: readonly SupportVectorMachine[];
}

export function readSupportVectorMachineModel(element: XmlElement): SupportVectorMachineModel {
  const dictionary = requiredChild(element, 'VectorDictionary');
  const fields = requiredChild(dictionary, 'VectorFields').children.map(readVectorField);
  const vectors = new Map<string, readonly number[]>();
  const instances = childrenOf(dictionary, 'VectorInstance');
  if (instances.length * fields.length > MOST_VALUES)
    refuse(dictionary, `${instances.length} vectors of ${fields.length} fields are too many`);
  for (const instance of instances) {
    const array = instance.children.find(child => child.name.endsWith('Array'));
    if (array === undefined) refuse(instance, 'a VectorInstance has no array');
    const vector = readVector(array, fields.length);
    vectors.set(requiredAttribute(instance, 'id'), vector);
  }
  const isSupport = wordAttribute(element, 'svmRepresentation', ['SupportVectors', 'Coefficients'], 'SupportVectors') === 'SupportVectors';
  const machines = childrenOf(element, 'SupportVectorMachine').map(machine =>
    readMachine(machine, { isSupport, vectors, width: fields.length }),
  );
  if (machines.length === 0) refuse(element, 'the SupportVectorMachineModel has no SupportVectorMachine');
  return {
    kind: 'SupportVectorMachineModel',
    ...readModelHead(element),
    threshold: numberAttribute(element, 'threshold') ?? 0,
    maxWins: booleanAttribute(element, 'maxWins', false),
    method: wordAttribute(element, 'classificationMethod', ['OneAgainstAll', 'OneAgainstOne'], 'OneAgainstAll'),
    kernel: readKernel(element),
    fields,
    vectors,
    machines,
  };
}

function readVectorField(element: XmlElement): VectorField {
  if (element.name === 'CategoricalPredictor') {
    return {
      field: requiredAttribute(element, 'name'),
      value: requiredAttribute(element, 'value'),
      coefficient: numberAttribute(element, 'coefficient') ?? 1,
    };
  }
  if (element.name !== 'FieldRef') refuse(element, `${element.name} is not a field of a vector`);
  return { field: requiredAttribute(element, 'field'), value: undefined };
}

interface MachineContext {
  readonly isSupport: boolean;
  readonly vectors: ReadonlyMap<string, unknown>;
  readonly width: number;
}

function readMachine(element: XmlElement, { isSupport, vectors, width }: MachineContext): SupportVectorMachine {
  const list = requiredChild(element, 'Coefficients');
  const coefficients = childrenOf(list, 'Coefficient').map(coefficient => numberAttribute(coefficient, 'value') ?? 0);
  const support = childOf(element, 'SupportVectors');
  const ids =
    isSupport && support !== undefined
      ? childrenOf(support, 'SupportVector').map(vector => requiredAttribute(vector, 'vectorId'))
      : undefined;
  if (isSupport && ids === undefined) refuse(element, 'a SupportVectorMachine has no SupportVectors');
  const expected = ids?.length ?? width;
  if (coefficients.length !== expected) refuse(element, `a SupportVectorMachine has ${coefficients.length} coefficients for ${expected}`);
  for (const id of ids ?? []) if (!vectors.has(id)) refuse(element, `the support vector "${id}" is not in the VectorDictionary`);
  return {
    targetCategory: attributeOf(element, 'targetCategory'),
    alternateTargetCategory: attributeOf(element, 'alternateTargetCategory'),
    threshold: numberAttribute(element, 'threshold'),
    intercept: numberAttribute(list, 'absoluteValue') ?? 0,
    coefficients,
    vectors: ids,
  };
}

function readKernel(element: XmlElement): Kernel {
  for (const child of element.children) {
    const number = (name: string, absent: number): number => numberAttribute(child, name) ?? absent;
    switch (child.name) {
      case 'LinearKernelType':
        return { kind: 'linear' };
      case 'PolynomialKernelType':
        return { kind: 'polynomial', gamma: number('gamma', 1), coef0: number('coef0', 1), degree: number('degree', 1) };
      case 'RadialBasisKernelType':
        return { kind: 'radialBasis', gamma: number('gamma', 1) };
      case 'SigmoidKernelType':
        return { kind: 'sigmoid', gamma: number('gamma', 1), coef0: number('coef0', 1) };
    }
  }
  return refuse(element, 'the SupportVectorMachineModel names no kernel');
}
