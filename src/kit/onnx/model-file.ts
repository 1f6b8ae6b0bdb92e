import { elementTypeOf } from '../../spec/element-type.js';
import type { ClassLabels, ModelFeature, ModelInput, OutputKind } from '../../spec/model-runtime.js';
import { labelsOfNode, onlyLabels, outputKinds } from './class-labels.js';
import { edgeType, editModel, isCastInput, type EditedModel, type WeightsOf } from './graph-edits.js';
import { GRAPH, message, MODEL, of, readDocument, readMetadata, readValues, TENSOR, textOf, type OnnxDocument } from './onnx-document.js';
import { readField, type WireField } from './protobuf.js';
import { treeProblem } from './tree-problem.js';

/** What a model file tells about itself. */
export interface ModelFile {
  /** The file as onnxruntime for Node can run it, as `editModel` makes it. */
  readonly bytes: Uint8Array;
  /** Whether `bytes` differs from the file. */
  readonly rewritten: boolean;
  /** By the name of an input or output, the tensor that is fed or read in its place. */
  readonly tensors: ReadonlyMap<string, string>;
  /** Those that have no default, in order. */
  readonly inputs: readonly ModelInput[];
  /** Class labels of the outputs that were made by a ZipMap. */
  readonly zipMapLabels: ReadonlyMap<string, ClassLabels>;
  /** Class labels of the model's classifier, found elsewhere; `undefined` when there are none or several lists. */
  readonly classLabels: ClassLabels | undefined;
  /** What outputs are, as far as the file's operators tell. */
  readonly kinds: ReadonlyMap<string, OutputKind>;
  /** Why the file must not be run; `undefined` where nothing speaks against it. */
  readonly problem: string | undefined;
  /** Files beside this one that hold weights, as named in it. */
  readonly externalFiles: readonly string[];
  /** The bytes with the weights of other files put in. */
  withWeights(weightsOf: WeightsOf): Uint8Array;
}

/** @returns `undefined` when the bytes are no ONNX model. */
export function readModelFile(bytes: Uint8Array): ModelFile | undefined {
  const document = readDocument(bytes);
  if (document === undefined) return undefined;
  const { nodes, initializers } = document;
  const metadata = readMetadata(document);
  const edited: EditedModel = editModel(document);
  const zipMaps = nodes.filter(({ opType }) => opType === 'ZipMap');
  const outputs = readValues(document, GRAPH.output).map(({ name }) => name);
  return {
    bytes: edited.bytes,
    rewritten: edited.edited,
    tensors: edited.tensors,
    inputs: readInputs(document, metadata),
    zipMapLabels: new Map(
      zipMaps.flatMap(node => {
        const labels = labelsOfNode(bytes, node);
        return labels ? [[node.outputs[0]!, labels] as const] : [];
      }),
    ),
    classLabels: onlyLabels(document) ?? labelsInMetadata(metadata),
    kinds: outputKinds(document, outputs),
    problem: treeProblem(document),
    externalFiles: externalFilesOf(bytes, [...initializers.values()]),
    withWeights: weightsOf => editModel(document, weightsOf).bytes,
  };
}

function readInputs(document: OnnxDocument, metadata: ReadonlyMap<string, string>): readonly ModelInput[] {
  // One with a default keeps it: onnxruntime for Node does not hand it on.
  const values = readValues(document, GRAPH.input).filter(({ name }) => !document.initializers.has(name));
  const inputs = values.map(({ name, type, shape, isSequence }): ModelInput => {
    const fedType = isSequence ? 0 : isCastInput(type) ? edgeType(type) : type;
    return { name, element: elementTypeOf(fedType), shape };
  });
  const features = inputs.length === 1 ? featuresInMetadata(metadata, inputs[0]!) : undefined;
  return features ? [{ ...inputs[0]!, features }] : inputs;
}

/** Keys under which exporters and users write the names of features, and those of classes. */
const FEATURE_KEYS = ['feature_names', 'feature_names_in_', 'features', 'input_features', 'columns'];
const CLASS_KEYS = ['class_names', 'class_labels', 'classes', 'labels'];

/** The names of a matrix's columns, where there are as many as it has columns. */
function featuresInMetadata(metadata: ReadonlyMap<string, string>, { shape }: ModelInput): ModelFeature[] | undefined {
  const names = namesIn(metadata, FEATURE_KEYS);
  const width = shape?.length === 2 ? shape[1] : undefined;
  if (names === undefined || shape?.length !== 2 || (width !== undefined && width !== names.length)) return undefined;
  return names.map(name => ({ name }));
}

function labelsInMetadata(metadata: ReadonlyMap<string, string>): ClassLabels | undefined {
  const names = namesIn(metadata, CLASS_KEYS);
  return names && names.length > 1 ? names : undefined;
}

/** A list of different names in JSON, or between commas, under the first of these keys that has one. */
function namesIn(metadata: ReadonlyMap<string, string>, keys: readonly string[]): string[] | undefined {
  for (const key of keys) {
    const text = metadata.get(key);
    if (text === undefined) continue;
    const names = namesOf(text);
    if (names.length > 0 && new Set(names).size === names.length && !names.includes('')) return names;
  }
  return undefined;
}

function namesOf(text: string): string[] {
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? json.map(String) : [];
  } catch {
    return text.split(',').map(name => name.trim());
  }
}

function externalFilesOf(bytes: Uint8Array, initializers: readonly WireField[]): string[] {
  const files = new Set<string>();
  for (const initializer of initializers) {
    const place = externalData(bytes, message(bytes, initializer));
    if (place) files.add(place.location);
  }
  return [...files];
}

/** Where the weights of a tensor stand. */
export interface ExternalData {
  /** Path of the file, from the folder of the model. */
  readonly location: string;
  readonly offset: number;
  /** To the end of the file when absent. */
  readonly length: number | undefined;
}

/** @returns `undefined` for a tensor that has its weights in the model file. */
export function externalData(bytes: Uint8Array, tensor: readonly WireField[]): ExternalData | undefined {
  const entries = new Map(
    of(tensor, TENSOR.external).map(entry => {
      const pair = message(bytes, entry);
      return [textOf(bytes, pair, 1), textOf(bytes, pair, 2)] as const;
    }),
  );
  const location = entries.get('location');
  if (location === undefined) return undefined;
  const length = entries.get('length');
  return { location, offset: Number(entries.get('offset') ?? 0), length: length === undefined ? undefined : Number(length) };
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

/** Whether a file begins as onnxruntime's own format does, a flat buffer. */
export function looksLikeOrt(head: Uint8Array): boolean {
  return head.length >= 8 && Buffer.from(head.subarray(4, 8)).toString('latin1') === 'ORTM';
}
