import { toLong } from '../../common/long.js';
import type { ClassLabels, OutputKind } from '../../spec/model-runtime.js';
import { ATTRIBUTE, integerOf, message, of, TENSOR, textOf, type NodeView, type OnnxDocument } from './onnx-document.js';
import { readIntegers, readText, type WireField } from './protobuf.js';

const INT32 = 6;
const INT64 = 7;

/** The labels of an attribute such as `classlabels_int64s`, `classlabels_ints` or `classlabels_strings` of the node. */
export function labelsOfNode(bytes: Uint8Array, node: NodeView): ClassLabels | undefined {
  for (const attribute of node.attributes) {
    if (!textOf(bytes, attribute, ATTRIBUTE.name).startsWith('classlabels_')) continue;
    const words = of(attribute, ATTRIBUTE.strings).map(field => readText(bytes, field));
    const numbers = attribute.filter(field => field.number === ATTRIBUTE.ints).flatMap(field => readIntegers(bytes, field));
    const labels = words.length > 0 ? words : numbers.map(toLong);
    if (labels.length > 1) return labels;
  }
  return undefined;
}

/** The only list of labels that the file's operators have; `undefined` when there is none, or several. */
export function onlyLabels({ bytes, nodes, initializers }: OnnxDocument): ClassLabels | undefined {
  const lists = nodes.flatMap(node => {
    const labels = labelsOfNode(bytes, node);
    return labels ? [labels] : labelsThatAreTaken(bytes, node, initializers);
  });
  const different = new Map(lists.map(list => [JSON.stringify(list.map(String)), list]));
  return different.size === 1 ? [...different.values()][0] : undefined;
}

/** The labels that an ArrayFeatureExtractor chooses from by the index of the best class, as sklearn-onnx writes it. */
function labelsThatAreTaken(bytes: Uint8Array, node: NodeView, initializers: ReadonlyMap<string, WireField>): ClassLabels[] {
  const field = node.opType === 'ArrayFeatureExtractor' ? initializers.get(node.inputs[0] ?? '') : undefined;
  if (!field) return [];
  const tensor = message(bytes, field);
  const words = of(tensor, TENSOR.strings).map(word => readText(bytes, word));
  if (words.length > 1) return [words];
  const numbers = integersOfTensor(bytes, tensor);
  return numbers.length > 1 ? [numbers.map(toLong)] : [];
}

/** The values of a tensor of 32-bit or 64-bit integers; none of another. */
function integersOfTensor(bytes: Uint8Array, tensor: readonly WireField[]): bigint[] {
  const type = integerOf(bytes, tensor, TENSOR.dataType);
  if (type !== INT32 && type !== INT64) return [];
  const listed = tensor
    .filter(part => part.number === (type === INT32 ? TENSOR.integers : TENSOR.longs))
    .flatMap(part => readIntegers(bytes, part));
  const raw = of(tensor, TENSOR.raw)[0];
  if (!raw) return listed;
  const view = new DataView(bytes.buffer, bytes.byteOffset + raw.start, raw.end - raw.start);
  return type === INT32
    ? Array.from({ length: view.byteLength >> 2 }, (_, i) => BigInt(view.getInt32(4 * i, true)))
    : Array.from({ length: view.byteLength >> 3 }, (_, i) => view.getBigInt64(8 * i, true));
}

/** Operators that hand on what they take, as far as its meaning goes. */
const TRANSPARENT = new Set(['Identity', 'Cast', 'ZipMap', 'Reshape', 'Squeeze']);
const CLASSIFIERS = new Set(['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier']);
const MOST_STEPS = 16;

/** What outputs are, by name, as far as the classifier that gives them tells: its first output is the class, its second the scores. */
export function outputKinds({ bytes, nodes }: OnnxDocument, outputs: readonly string[]): ReadonlyMap<string, OutputKind> {
  const producers = new Map(nodes.flatMap(node => node.outputs.map(output => [output, node] as const)));
  const kinds = new Map<string, OutputKind>();
  for (const output of outputs) {
    let name = output;
    let node = producers.get(name);
    for (let step = 0; step < MOST_STEPS && node && TRANSPARENT.has(node.opType); step++) {
      name = node.inputs[0] ?? '';
      node = producers.get(name);
    }
    if (node && CLASSIFIERS.has(node.opType)) kinds.set(output, node.outputs[0] === name ? 'class' : scoresKind(bytes, node));
  }
  return kinds;
}

/** Leaves of trees hold probabilities as they are; other scores are none without a transformation. */
function scoresKind(bytes: Uint8Array, { opType, attributes }: NodeView): OutputKind {
  const names = attributes.map(attribute => textOf(bytes, attribute, ATTRIBUTE.name));
  const transform = attributes[names.indexOf('post_transform')];
  const isPlain = transform === undefined || textOf(bytes, transform, ATTRIBUTE.text) === 'NONE';
  // With prob_a an SVM gives calibrated probabilities.
  return isPlain && opType !== 'TreeEnsembleClassifier' && !names.includes('prob_a') ? 'margin' : 'probability';
}
