import { readDerivedField, type DerivedField } from './field.js';
import { readModelHead, type ModelHead } from './model-head.js';
import {
  childrenOf,
  numberAttribute,
  optionalWord,
  refuse,
  requiredAttribute,
  requiredChild,
  requiredNumber,
  requiredWord,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

export const ACTIVATIONS = [
  'threshold',
  'logistic',
  'tanh',
  'identity',
  'exponential',
  'reciprocal',
  'square',
  'Gauss',
  'sine',
  'cosine',
  'Elliott',
  'arctan',
  'rectifier',
  'radialBasis',
] as const;
export type Activation = (typeof ACTIVATIONS)[number];
const NORMALIZATIONS = ['none', 'simplemax', 'softmax'] as const;

export interface Neuron {
  readonly id: string;
  readonly bias: number;
  readonly width: number | undefined;
  readonly altitude: number | undefined;
  readonly connections: readonly { readonly from: string; readonly weight: number }[];
}

export interface NeuralLayer {
  readonly activation: Activation;
  readonly threshold: number;
  readonly width: number | undefined;
  readonly altitude: number | undefined;
  readonly normalization: (typeof NORMALIZATIONS)[number];
  readonly neurons: readonly Neuron[];
}

/** https://dmg.org/pmml/v4-4-1/NeuralNetwork.html */
export interface NeuralNetwork extends ModelHead {
  readonly kind: 'NeuralNetwork';
  readonly inputs: readonly { readonly id: string; readonly field: DerivedField }[];
  readonly layers: readonly NeuralLayer[];
  readonly outputs: readonly { readonly neuron: string; readonly field: DerivedField }[];
}

export function readNeuralNetwork(element: XmlElement): NeuralNetwork {
  const defaults: LayerDefaults = {
    activation: optionalWord(element, 'activationFunction', ACTIVATIONS),
    threshold: numberAttribute(element, 'threshold') ?? 0,
    width: numberAttribute(element, 'width'),
    altitude: numberAttribute(element, 'altitude') ?? 1,
    normalization: wordAttribute(element, 'normalizationMethod', NORMALIZATIONS, 'none'),
  };
  const layers = childrenOf(element, 'NeuralLayer').map(layer => readLayer(layer, defaults));
  if (layers.length === 0) refuse(element, 'the NeuralNetwork has no NeuralLayer');
  return {
    kind: 'NeuralNetwork',
    ...readModelHead(element),
    inputs: childrenOf(requiredChild(element, 'NeuralInputs'), 'NeuralInput').map(input => ({
      id: requiredAttribute(input, 'id'),
      field: readDerivedField(requiredChild(input, 'DerivedField')),
    })),
    layers,
    outputs: childrenOf(requiredChild(element, 'NeuralOutputs'), 'NeuralOutput').map(output => ({
      neuron: requiredAttribute(output, 'outputNeuron'),
      field: readDerivedField(requiredChild(output, 'DerivedField')),
    })),
  };
}

type LayerDefaults = Pick<NeuralLayer, 'threshold' | 'width' | 'altitude' | 'normalization'> & {
  readonly activation: Activation | undefined;
};

function readLayer(element: XmlElement, defaults: LayerDefaults): NeuralLayer {
  return {
    activation:
      defaults.activation === undefined
        ? requiredWord(element, 'activationFunction', ACTIVATIONS)
        : wordAttribute(element, 'activationFunction', ACTIVATIONS, defaults.activation),
    threshold: numberAttribute(element, 'threshold') ?? defaults.threshold,
    width: numberAttribute(element, 'width') ?? defaults.width,
    altitude: numberAttribute(element, 'altitude') ?? defaults.altitude,
    normalization: wordAttribute(element, 'normalizationMethod', NORMALIZATIONS, defaults.normalization),
    neurons: childrenOf(element, 'Neuron').map(readNeuron),
  };
}

function readNeuron(element: XmlElement): Neuron {
  return {
    id: requiredAttribute(element, 'id'),
    bias: numberAttribute(element, 'bias') ?? 0,
    width: numberAttribute(element, 'width'),
    altitude: numberAttribute(element, 'altitude'),
    connections: childrenOf(element, 'Con').map(connection => ({
      from: requiredAttribute(connection, 'from'),
      weight: requiredNumber(connection, 'weight'),
    })),
  };
}
