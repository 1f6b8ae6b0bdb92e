import { toLong } from '../../common/long.js';
import { elementTypeOf } from '../../spec/element-type.js';
import type { ClassLabels, ModelInput } from '../../spec/model-runtime.js';
import { encodeField, encodeIntegerField, joinBytes, readField, readFields, readIntegers, readText, type WireField } from './protobuf.js';

/*
 * Reads and rewrites just enough of an ONNX file; field numbers are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const MODEL = { graph: 7, opsetImport: 8 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, ints: 8, strings: 9 } as const;
const TENSOR = { dataType: 2, integers: 5, strings: 6, longs: 7, name: 8, raw: 9, external: 13 } as const;
const VALUE = { name: 1, type: 2 } as const;
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const IDENTITY_SINCE_OPSET = 13;

/** What a model file tells about itself. */
export interface ModelFile {
  /** The file as onnxruntime for Node can run it: each ZipMap replaced, so that its output is the tensor it was made of. */
  readonly bytes: Uint8Array;
  /** Whether `bytes` differs from the file. */
  readonly rewritten: boolean;
  /** The inputs that have no default, in order. */
  readonly inputs: readonly ModelInput[];
  /** Class labels of the outputs that were made by a ZipMap. */
  readonly zipMapLabels: ReadonlyMap<string, ClassLabels>;
  /** Class labels of the model's classifier, found elsewhere; `undefined` when there are none or several lists. */
  readonly classLabels: ClassLabels | undefined;
  /** Files beside this one that hold weights, as named in it. */
  readonly externalFiles: readonly string[];
}

interface Node {
  readonly field: WireField;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly labels: ClassLabels | undefined;
}

/** @returns `undefined` when the bytes are no ONNX model. */
export function readModelFile(bytes: Uint8Array): ModelFile | undefined {
  const fields = readFields(bytes);
  const graphField = fields?.find(field => field.number === MODEL.graph && field.wireType === 2);
  const graph = graphField && readFields(bytes, graphField.start, graphField.end);
  if (!fields || !graph?.some(field => field.number === GRAPH.output && field.wireType === 2)) return undefined;

  const nodes = of(graph, GRAPH.node).map(field => readNode(bytes, field));
  const initializers = new Map(of(graph, GRAPH.initializer).map(field => [textOf(bytes, message(bytes, field), TENSOR.name), field]));
  const zipMaps = nodes.filter(node => node.opType === 'ZipMap');
  const inputs = of(graph, GRAPH.input)
    .map(field => readInput(bytes, field))
    .filter(input => !initializers.has(input.name));
  return {
    bytes: zipMaps.length === 0 ? bytes : withoutZipMaps({ bytes, fields, graphField: graphField!, graph, zipMaps }),
    rewritten: zipMaps.length > 0,
    inputs,
    zipMapLabels: new Map(zipMaps.flatMap(node => (node.labels ? [[node.outputs[0]!, node.labels] as const] : []))),
    classLabels: onlyList(nodes.flatMap(node => (node.labels ? [node.labels] : labelsThatAreTaken(bytes, node, initializers)))),
    externalFiles: externalFilesOf(bytes, [...initializers.values()]),
  };
}

function of(fields: readonly WireField[], number: number): WireField[] {
  return fields.filter(field => field.number === number && field.wireType === 2);
}

/** Fields of an embedded message; none where it cannot be read, since onnxruntime then says what is wrong. */
function message(bytes: Uint8Array, field: WireField): WireField[] {
  return readFields(bytes, field.start, field.end) ?? [];
}

function textOf(bytes: Uint8Array, fields: readonly WireField[], number: number): string {
  const field = of(fields, number)[0];
  return field ? readText(bytes, field) : '';
}

function integerOf(bytes: Uint8Array, fields: readonly WireField[], number: number): number | undefined {
  const field = fields.find(candidate => candidate.number === number);
  const value = field && readIntegers(bytes, field)[0];
  return value === undefined ? undefined : Number(value);
}

function readNode(bytes: Uint8Array, field: WireField): Node {
  const fields = message(bytes, field);
  return {
    field,
    opType: textOf(bytes, fields, NODE.opType),
    inputs: of(fields, NODE.input).map(input => readText(bytes, input)),
    outputs: of(fields, NODE.output).map(output => readText(bytes, output)),
    labels: of(fields, NODE.attribute)
      .map(attribute => readLabels(bytes, message(bytes, attribute)))
      .find(labels => labels !== undefined),
  };
}

/** The labels of an attribute such as `classlabels_int64s`, `classlabels_ints` or `classlabels_strings`. */
function readLabels(bytes: Uint8Array, attribute: readonly WireField[]): ClassLabels | undefined {
  if (!textOf(bytes, attribute, ATTRIBUTE.name).startsWith('classlabels_')) return undefined;
  const words = of(attribute, ATTRIBUTE.strings).map(field => readText(bytes, field));
  const numbers = attribute.filter(field => field.number === ATTRIBUTE.ints).flatMap(field => readIntegers(bytes, field));
  const labels = words.length > 0 ? words : numbers.map(toLong);
  return labels.length > 1 ? labels : undefined;
}

/** The labels that an ArrayFeatureExtractor chooses from by the index of the best class, as sklearn-onnx writes it. */
function labelsThatAreTaken(bytes: Uint8Array, node: Node, initializers: ReadonlyMap<string, WireField>): ClassLabels[] {
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

function onlyList(lists: readonly ClassLabels[]): ClassLabels | undefined {
  const different = new Map(lists.map(list => [JSON.stringify(list.map(String)), list]));
  return different.size === 1 ? [...different.values()][0] : undefined;
}

function readInput(bytes: Uint8Array, field: WireField): ModelInput {
  const value = message(bytes, field);
  const type = of(value, VALUE.type).flatMap(part => message(bytes, part));
  const tensor = of(type, 1).flatMap(part => message(bytes, part));
  const shape = of(tensor, 2)[0];
  return {
    name: textOf(bytes, value, VALUE.name),
    element: elementTypeOf(integerOf(bytes, tensor, 1) ?? 0),
    shape: shape && of(message(bytes, shape), 1).map(dimension => positive(integerOf(bytes, message(bytes, dimension), 1))),
  };
}

/** Exporters write 0 and -1, besides names and nothing, for a dimension that is open. */
function positive(size: number | undefined): number | undefined {
  return size !== undefined && size > 0 ? size : undefined;
}

function externalFilesOf(bytes: Uint8Array, initializers: readonly WireField[]): string[] {
  const files = new Set<string>();
  for (const initializer of initializers) {
    for (const entry of of(message(bytes, initializer), TENSOR.external)) {
      const pair = message(bytes, entry);
      if (textOf(bytes, pair, 1) === 'location') files.add(textOf(bytes, pair, 2));
    }
  }
  return [...files];
}

interface ZipMapModel {
  readonly bytes: Uint8Array;
  readonly fields: readonly WireField[];
  readonly graphField: WireField;
  readonly graph: readonly WireField[];
  readonly zipMaps: readonly Node[];
}

/**
 * The same model with an Identity in place of each ZipMap, and a tensor of float in place of its sequence of maps.
 *
 * onnxruntime for Node reads tensors only; see https://github.com/microsoft/onnxruntime/issues/8007
 */
function withoutZipMaps({ bytes, fields, graphField, graph, zipMaps }: ZipMapModel): Uint8Array {
  const nodeAt = new Map(zipMaps.map(node => [node.field.from, node]));
  const zipped = new Set(zipMaps.map(node => node.outputs[0]));
  const newGraph = graph.map(field => {
    const zipMap = nodeAt.get(field.from);
    if (zipMap) return encodeField(GRAPH.node, identityNode(zipMap.inputs[0] ?? '', zipMap.outputs[0] ?? ''));
    const output = field.number === GRAPH.output ? textOf(bytes, message(bytes, field), VALUE.name) : '';
    return zipped.has(output) ? encodeField(GRAPH.output, floatTensor(output)) : bytes.subarray(field.from, field.end);
  });
  const newModel = fields.map(field =>
    field === graphField ? encodeField(MODEL.graph, joinBytes(newGraph)) : bytes.subarray(field.from, field.end),
  );
  const domains = of(fields, MODEL.opsetImport).map(field => textOf(bytes, message(bytes, field), 1));
  if (!domains.includes('') && !domains.includes('ai.onnx'))
    newModel.push(encodeField(MODEL.opsetImport, encodeIntegerField(2, IDENTITY_SINCE_OPSET)));
  return joinBytes(newModel);
}

function identityNode(input: string, output: string): Uint8Array {
  return joinBytes([encodeField(NODE.input, input), encodeField(NODE.output, output), encodeField(NODE.opType, 'Identity')]);
}

function floatTensor(name: string): Uint8Array {
  const tensor = encodeField(1, encodeIntegerField(1, FLOAT));
  return joinBytes([encodeField(VALUE.name, name), encodeField(VALUE.type, tensor)]);
}

/** Fields that a ModelProto can have. */
const MODEL_FIELDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]);

/** Whether a file that begins with these bytes can be an ONNX model: fields of a ModelProto, a graph or an operator set among them. */
export function looksLikeOnnx(head: Uint8Array): boolean {
  let found = false;
  for (let at = 0; at < head.length;) {
    const field = readField(head, at);
    if (field === undefined || !MODEL_FIELDS.has(field.number)) return found && field === undefined;
    found ||= (field.number === MODEL.graph || field.number === MODEL.opsetImport) && field.wireType === 2;
    at = field.end;
  }
  return found;
}
