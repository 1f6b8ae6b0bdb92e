import type { DerivedField } from '../../parse/field.js';
import type { Activation, NeuralLayer, NeuralNetwork } from '../../parse/neural-network.js';
import type { Code } from '../code.js';
import { refuseLine } from '../compilation.js';
import { interpolation } from '../expression.js';
import { Labels } from '../labels.js';
import { simpleMax, softMax } from '../links.js';
import type { ModelContext } from '../model-context.js';
import { argMax, type ModelBody } from '../outcome.js';
import type { Row, Evaluate } from '../row.js';
import type { Scope } from '../scope.js';
import { castValue } from '../value.js';
import { numberBody } from './tree.js';

type CompileDerived = (field: DerivedField, scope: Scope) => Code;

/** Values of all neurons, inputs first; `undefined` where an input is missing. */
type Forward = (row: Row) => Float64Array | undefined;

/** https://dmg.org/pmml/v4-4-1/NeuralNetwork.html */
export function compileNeuralNetwork(model: NeuralNetwork, context: ModelContext, compileDerived: CompileDerived): ModelBody {
  const places = new Map<string, number>();
  const claim = (id: string): void => {
    if (places.has(id)) refuseLine(model.line, `two neurons have the id "${id}"`);
    places.set(id, places.size);
  };
  for (const { id } of model.inputs) claim(id);
  const inputs = model.inputs.map(({ field }) => compileDerived(field, context.scope).evaluate);
  const layers = model.layers.map(layer => compileLayer(layer, { places, claim, context, line: model.line }));
  const forward = compileForward(inputs, layers, places.size);
  const outputs = model.outputs.map(({ neuron, field }) => ({
    place: places.get(neuron) ?? refuseLine(model.line, `an output is of the neuron "${neuron}", which does not exist`),
    neuron,
    field,
  }));
  return model.functionName === 'classification' ? classify(outputs, forward, context) : regress(outputs, forward, model, context);
}

function compileForward(inputs: readonly Evaluate[], layers: readonly ((values: Float64Array) => void)[], count: number): Forward {
  return row => {
    const values = new Float64Array(count);
    for (let i = 0; i < inputs.length; i++) {
      const value = castValue(inputs[i]!(row), 'double') as number | undefined;
      if (value === undefined) return undefined;
      values[i] = value;
    }
    for (const layer of layers) layer(values);
    return values;
  };
}

interface LayerContext {
  readonly places: ReadonlyMap<string, number>;
  readonly claim: (id: string) => void;
  readonly context: ModelContext;
  readonly line: number;
}

/** Computes the neurons of a layer from those before it: connections are arrays, side by side for all neurons. */
function compileLayer(layer: NeuralLayer, { places, claim, context, line }: LayerContext): (values: Float64Array) => void {
  const { round } = context;
  const counts = layer.neurons.map(neuron => neuron.connections.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const [from, weights] = [new Int32Array(total), new Float64Array(total)];
  const ends = new Int32Array(counts.length);
  let at = 0;
  for (const [i, neuron] of layer.neurons.entries()) {
    for (const connection of neuron.connections) {
      from[at] =
        places.get(connection.from) ?? refuseLine(line, `a connection comes from "${connection.from}", which is no neuron before it`);
      weights[at++] = round(connection.weight);
    }
    ends[i] = at;
  }
  const first = places.size;
  for (const { id } of layer.neurons) claim(id);
  const biases = Float64Array.from(layer.neurons, neuron => round(neuron.bias));
  const isRadial = layer.activation === 'radialBasis';
  const radial = layer.neurons.map(neuron => ({
    altitude: neuron.altitude ?? layer.altitude ?? 1,
    width: neuron.width ?? layer.width ?? (isRadial ? refuseLine(line, 'a radialBasis neuron has no width') : 1),
  }));
  const activate = activation(layer, round);
  return values => {
    let connection = 0;
    for (let i = 0; i < ends.length; i++) {
      let sum = 0;
      const end = ends[i]!;
      if (isRadial) {
        const fanIn = end - connection;
        for (; connection < end; connection++) sum = round(sum + round((values[from[connection]!]! - weights[connection]!) ** 2));
        const { altitude, width } = radial[i]!;
        values[first + i] = round(Math.exp(fanIn * Math.log(altitude) - sum / (2 * width ** 2)));
      } else {
        for (; connection < end; connection++) sum = round(sum + round(values[from[connection]!]! * weights[connection]!));
        values[first + i] = activate(round(sum + biases[i]!));
      }
    }
    const own = values.subarray(first, first + ends.length);
    if (layer.normalization === 'softmax') softMax(own, round);
    else if (layer.normalization === 'simplemax') simpleMax(own, round);
  };
}

function activation({ activation: name, threshold }: NeuralLayer, round: (value: number) => number): (value: number) => number {
  const functions: Readonly<Record<Activation, (value: number) => number>> = {
    threshold: value => Number(value > threshold),
    logistic: value => 1 / (1 + Math.exp(-value)),
    tanh: Math.tanh,
    identity: value => value,
    exponential: Math.exp,
    reciprocal: value => 1 / value,
    square: value => value * value,
    Gauss: value => Math.exp(-(value * value)),
    sine: Math.sin,
    cosine: Math.cos,
    Elliott: value => value / (1 + Math.abs(value)),
    arctan: value => (2 * Math.atan(value)) / Math.PI,
    rectifier: value => Math.max(0, value),
    radialBasis: value => value,
  };
  const compute = functions[name];
  return value => round(compute(value));
}

interface OutputNeuron {
  readonly place: number;
  readonly neuron: string;
  readonly field: DerivedField;
}

function classify(outputs: readonly OutputNeuron[], forward: Forward, context: ModelContext): ModelBody {
  const labels = new Labels(context.type);
  const parts = outputs.map(({ place, neuron, field }) => {
    const { expression } = context.scope.derived(field);
    if (expression.kind !== 'normDiscrete') return refuseLine(field.line, 'an output neuron of a classification is not a NormDiscrete');
    return { place, neuron, label: labels.place(expression.value) };
  });
  const count = labels.values.length;
  return {
    classes: labels.values,
    entities: parts.map(part => part.neuron),
    evaluate: row => {
      const values = forward(row);
      if (values === undefined) return undefined;
      const probabilities = new Float64Array(count);
      for (const { place, label } of parts) probabilities[label] = values[place]!;
      const winner = argMax(probabilities);
      return {
        predicted: labels.values[winner],
        probabilities,
        entity: parts.find(part => part.label === winner)?.neuron,
        affinities: Float64Array.from(parts, part => values[part.place]!),
      };
    },
  };
}

function regress(outputs: readonly OutputNeuron[], forward: Forward, model: NeuralNetwork, context: ModelContext): ModelBody {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1)
    return refuseLine(model.line, `a NeuralNetwork for regression has one output neuron, not ${outputs.length}`);
  const { expression } = context.scope.derived(output.field);
  const denormalize = inverseOf(expression, output.field);
  return numberBody(row => {
    const values = forward(row);
    return values === undefined ? NaN : context.round(denormalize(values[output.place]!));
  });
}

/** What turns an output neuron's value back into the target's. */
function inverseOf(expression: DerivedField['expression'], field: DerivedField): (value: number) => number {
  if (expression.kind === 'fieldRef') return value => value;
  if (expression.kind !== 'normContinuous')
    return refuseLine(field.line, 'the output neuron of a regression is neither a FieldRef nor a NormContinuous');
  const points = expression.points.map(({ orig, norm }) => ({ x: norm, y: orig }));
  const ascending = points[0]!.x <= points.at(-1)!.x ? points : points.toReversed();
  return interpolation(ascending);
}
