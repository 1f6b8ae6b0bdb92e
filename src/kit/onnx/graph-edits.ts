import { ATTRIBUTE, GRAPH, message, MODEL, NODE, of, readValues, TENSOR, textOf, TYPE, VALUE, type OnnxDocument } from './onnx-document.js';
import { encodeField, encodeIntegerField, joinBytes, type WireField } from './protobuf.js';

const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
const IDENTITY_SINCE_OPSET = 13;
/** INT of AttributeProto.AttributeType. */
const INTEGER_ATTRIBUTE = 2;

/**
 * Types of elements that onnxruntime for Node cannot hand over, with one that holds their values: bfloat16 and the floats of 8 bits
 * as float, integers of 4 bits as those of 8. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const WIDER_TYPES: ReadonlyMap<number, number> = new Map([
  [16, FLOAT],
  [17, FLOAT],
  [18, FLOAT],
  [19, FLOAT],
  [20, FLOAT],
  [21, UINT8],
  [22, INT8],
]);

/** The type in which columns feed or read tensors of this one: itself, or a wider one that the graph casts from or to. */
export function edgeType(type: number): number {
  return WIDER_TYPES.get(type) ?? type;
}

/** Whether an input of this type is cast where it comes in: 8 bits hold more integers than 4 do, which a cast would cut. */
export function isCastInput(type: number): boolean {
  return edgeType(type) === FLOAT && type !== FLOAT;
}

/** A model whose tensors onnxruntime for Node can feed and read. */
export interface EditedModel {
  readonly bytes: Uint8Array;
  readonly edited: boolean;
  /** By the name of an input or output of the file, the tensor that is fed or read in its place. */
  readonly tensors: ReadonlyMap<string, string>;
}

/** Changes to a graph, by the place of what is changed. */
interface Edits {
  /** What stands in the place of a field; nothing for an empty list. */
  readonly replaced: Map<number, readonly Uint8Array[]>;
  readonly firstNodes: Uint8Array[];
  readonly lastNodes: Uint8Array[];
  readonly tensors: Map<string, string>;
}

/**
 * The same model, changed where onnxruntime for Node could not run it, which knows neither maps nor sequences nor some types
 * (https://github.com/microsoft/onnxruntime/issues/8007):
 *
 * - a ZipMap, with which sklearn-onnx ends its classifiers, becomes an Identity: its output is the tensor that went in;
 * - a sequence that a SequenceConstruct gives, as for classifiers of several targets, becomes one output for each of its tensors,
 *   called by its name and the place, as `probabilities_0`;
 * - inputs and outputs of other types are cast;
 * - weights in other files, given by `weightsOf`, are put in.
 */
export function editModel(document: OnnxDocument, weightsOf?: WeightsOf): EditedModel {
  const edits: Edits = { replaced: new Map(), firstNodes: [], lastNodes: [], tensors: new Map() };
  replaceZipMaps(document, edits);
  splitSequences(document, edits);
  castEdges(document, edits);
  if (weightsOf) inlineWeights(document, edits, weightsOf);
  const edited = edits.replaced.size > 0;
  return { bytes: edited ? rewrite(document, edits) : document.bytes, edited, tensors: edits.tensors };
}

/** The bytes of a tensor whose weights stand in another file; `undefined` for one that has its own. */
export type WeightsOf = (tensor: readonly WireField[]) => Uint8Array | undefined;

function replaceZipMaps(document: OnnxDocument, { replaced }: Edits): void {
  const zipMaps = document.nodes.filter(({ opType }) => opType === 'ZipMap');
  const zipped = new Set(zipMaps.map(({ outputs }) => outputs[0]));
  for (const { field, inputs, outputs } of zipMaps)
    replaced.set(field.from, [encodeField(GRAPH.node, node('Identity', inputs[0] ?? '', outputs[0] ?? ''))]);
  for (const { field, name } of readValues(document, GRAPH.output))
    if (zipped.has(name)) replaced.set(field.from, [encodeField(GRAPH.output, value(name, FLOAT))]);
}

function splitSequences(document: OnnxDocument, { replaced, lastNodes }: Edits): void {
  const constructs = new Map(document.nodes.filter(({ opType }) => opType === 'SequenceConstruct').map(each => [each.outputs[0], each]));
  for (const { field, name, type, isSequence } of readValues(document, GRAPH.output)) {
    const construct = isSequence ? constructs.get(name) : undefined;
    if (construct === undefined) continue;
    replaced.set(
      field.from,
      construct.inputs.map((_, i) => encodeField(GRAPH.output, value(`${name}_${i}`, type))),
    );
    for (const [i, input] of construct.inputs.entries()) lastNodes.push(node('Identity', input, `${name}_${i}`));
  }
}

function castEdges(document: OnnxDocument, { replaced, firstNodes, lastNodes, tensors }: Edits): void {
  for (const { field, name, type, isSequence } of readValues(document, GRAPH.input)) {
    if (isSequence || !isCastInput(type) || document.initializers.has(name)) continue;
    const fed = `${name}__fed`;
    replaced.set(field.from, [encodeField(GRAPH.input, value(fed, FLOAT, shapeField(document, field)))]);
    firstNodes.push(castNode(fed, name, type));
    tensors.set(name, fed);
  }
  for (const { field, name, type, isSequence } of readValues(document, GRAPH.output)) {
    if (isSequence || edgeType(type) === type || replaced.has(field.from)) continue;
    const read = `${name}__read`;
    replaced.set(field.from, [encodeField(GRAPH.output, value(read, edgeType(type), shapeField(document, field)))]);
    lastNodes.push(castNode(name, read, edgeType(type)));
    tensors.set(name, read);
  }
}

function inlineWeights({ bytes, initializers }: OnnxDocument, { replaced }: Edits, weightsOf: WeightsOf): void {
  for (const field of initializers.values()) {
    const tensor = message(bytes, field);
    const weights = weightsOf(tensor);
    if (weights === undefined) continue;
    const kept = tensor.filter(({ number }) => number !== TENSOR.external && number !== TENSOR.location && number !== TENSOR.raw);
    const parts = kept.map(part => bytes.subarray(part.from, part.end));
    replaced.set(field.from, [encodeField(GRAPH.initializer, joinBytes([...parts, encodeField(TENSOR.raw, weights)]))]);
  }
}

function rewrite({ bytes, fields, graphField, graph }: OnnxDocument, { replaced, firstNodes, lastNodes }: Edits): Uint8Array {
  const encodeNode = (content: Uint8Array): Uint8Array => encodeField(GRAPH.node, content);
  const newGraph = [
    ...firstNodes.map(encodeNode),
    ...graph.flatMap(field => replaced.get(field.from) ?? [bytes.subarray(field.from, field.end)]),
    ...lastNodes.map(encodeNode),
  ];
  const newModel = fields.map(field =>
    field === graphField ? encodeField(MODEL.graph, joinBytes(newGraph)) : bytes.subarray(field.from, field.end),
  );
  const domains = of(fields, MODEL.opsetImport).map(field => textOf(bytes, message(bytes, field), 1));
  // A file of ai.onnx.ml alone need not import the operators that were put in.
  if (!domains.includes('') && !domains.includes('ai.onnx'))
    newModel.push(encodeField(MODEL.opsetImport, encodeIntegerField(2, IDENTITY_SINCE_OPSET)));
  return joinBytes(newModel);
}

function node(opType: string, input: string, output: string): Uint8Array {
  return joinBytes([encodeField(NODE.input, input), encodeField(NODE.output, output), encodeField(NODE.opType, opType)]);
}

function castNode(input: string, output: string, to: number): Uint8Array {
  const attribute = [
    encodeField(ATTRIBUTE.name, 'to'),
    encodeIntegerField(ATTRIBUTE.integer, to),
    encodeIntegerField(ATTRIBUTE.type, INTEGER_ATTRIBUTE),
  ];
  return joinBytes([node('Cast', input, output), encodeField(NODE.attribute, joinBytes(attribute))]);
}

function value(name: string, type: number, shape?: Uint8Array): Uint8Array {
  const tensor = joinBytes([encodeIntegerField(1, type), ...(shape ? [shape] : [])]);
  return joinBytes([encodeField(VALUE.name, name), encodeField(VALUE.type, encodeField(TYPE.tensor, tensor))]);
}

/** The shape of a declared value as it stands in the file. */
function shapeField({ bytes }: OnnxDocument, field: WireField): Uint8Array | undefined {
  const type = of(message(bytes, field), VALUE.type).flatMap(part => message(bytes, part));
  const [shape] = of(
    of(type, TYPE.tensor).flatMap(part => message(bytes, part)),
    2,
  );
  return shape && bytes.subarray(shape.from, shape.end);
}
