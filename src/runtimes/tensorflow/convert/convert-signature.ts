import { MillraceError } from '../../../common/error.js';
import type { OnnxGraph } from '../../../kit/onnx/onnx-graph.js';
import { parseGraphRef } from '../model/graph-view.js';
import { elementOf, sizesOf, type Element } from '../model/tensor.js';
import type { FunctionDef, TensorInfo } from '../proto/messages.js';
import type { OpenedGraph } from '../read-saved-model.js';
import { damaged } from './damaged.js';
import { keyOf, type Frame } from './evaluator.js';
import { GraphConverter, type HostInput } from './graph-converter.js';
import { constantValue } from './op.js';
import { ROWS, type Dim, type TensorValue, type Value } from './value.js';

/** Most bytes of constants in one ONNX model, whose encoding ends at 2 GiB. */
const MAX_CONSTANT_BYTES = 2_000_000_000;

/** An input as columns feed it. */
export interface SignatureInput {
  readonly name: string;
  readonly element: Element;
  /** -1 for a size that is open; the first counts rows. */
  readonly shape: readonly number[] | undefined;
  /** Whether NULL texts mean something. */
  readonly takesNull: boolean;
}

/** A signature as a graph of ONNX, and what is computed before it. */
export interface ConvertedSignature {
  readonly inputs: readonly SignatureInput[];
  readonly graph: OnnxGraph;
  /** What feeds the graph, in the order of its inputs. */
  readonly hostInputs: readonly HostInput[];
}

/** @throws {MillraceError} `MODEL_LOAD`, with everything that is not supported. */
export function convertSignature(
  { graph, signature, name, bundle, keys, targets }: OpenedGraph,
  readAsset: (name: string) => string,
): ConvertedSignature {
  const functions = new Map<string, FunctionDef>(
    (graph.graph_def?.library?.function ?? []).map(each => [each.signature?.name ?? '', each]),
  );
  const nodes = graph.graph_def?.node ?? [];
  const outputs = byKey(signature.outputs);
  const converter = new GraphConverter({ nodes, functions, bundle, keys, outputNames: outputs.map(([key]) => key), readAsset });
  const assets = new Map(
    graph.asset_file_def.map((asset): [string, Value] => [fedKey(asset.tensor_info?.name ?? ''), textConstant(asset.filename)]),
  );
  const filename = graph.saver_def?.filename_tensor_name ?? '';
  if (filename !== '') assets.set(fedKey(filename), textConstant(''));
  converter.load(converter.frame(assets), targets);

  const inputs = byKey(signature.inputs).map(([key, info]) => inputOf(key, info));
  const fed = inputs.map((input): [string, Value] => [
    fedKey(signature.inputs[input.name]!.name),
    inputValue(input, () => converter.freshDim()),
  ]);
  const root = converter.frame(new Map([...assets, ...fed]));
  const values = outputs.map(([key, info]) => ({ key, value: outputValue(converter, root, info) }));
  converter.finish(root);
  converter.problems.check(name);
  const used = converter.exampleFeatures;
  const onnx = onnxOutputs(converter, values);
  const onnxGraph = converter.builder.graph(onnx);
  if (onnxGraph.constants.reduce((sum, { data }) => sum + (data instanceof Uint8Array ? data.length : 0), 0) > MAX_CONSTANT_BYTES)
    throw damaged(`its variables have more than ${MAX_CONSTANT_BYTES.toLocaleString('en')} bytes`);
  const byName = new Map(converter.hostInputs.map(input => [input.name, input]));
  return {
    inputs: [
      ...inputs.filter(input => !converter.parsedInputs.has(input.name)).map(input => ({ ...input, takesNull: false })),
      ...used.map(feature => ({
        name: feature.name,
        element: feature.element,
        shape: [-1, ...feature.shape],
        takesNull: feature.isOptional && feature.element === 'string',
      })),
    ],
    graph: onnxGraph,
    hostInputs: onnxGraph.inputs.map(input => byName.get(input.name)!),
  };
}

/** In the order of the names, since maps of protobuf have none. */
function byKey(infos: Readonly<Record<string, TensorInfo>>): [string, TensorInfo][] {
  return Object.entries(infos).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function fedKey(tensor: string): string {
  return keyOf(parseGraphRef(tensor));
}

function textConstant(text: string): TensorValue {
  return constantValue({ element: 'string', shape: [], data: [text] });
}

function inputOf(name: string, info: TensorInfo): Omit<SignatureInput, 'takesNull'> {
  const element = elementOf(info.dtype);
  if (info.name === '' || info.coo_sparse || info.composite_tensor || element === undefined)
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `input "${name}" of the signature is ${info.coo_sparse ? 'a sparse tensor' : info.composite_tensor ? 'a tensor of several parts' : `of type ${info.dtype}`}, which no column can feed`,
    });
  return { name, element, shape: sizesOf(info.tensor_shape) };
}

function inputValue({ name, element, shape }: Omit<SignatureInput, 'takesNull'>, fresh: () => string): TensorValue {
  return {
    kind: 'tensor',
    element,
    shape: shape?.map((size, i): Dim => (size >= 0 ? size : i === 0 ? ROWS : fresh())),
    host: { kind: 'input', name },
  };
}

function outputValue(converter: GraphConverter, frame: Frame, info: TensorInfo): Value {
  if (info.name === '') throw damaged('an output of the signature is a sparse or ragged tensor');
  return converter.value(frame, info.name);
}

function onnxOutputs(
  converter: GraphConverter,
  values: readonly { readonly key: string; readonly value: Value }[],
): { name: string; from: string; element: Element; shape: readonly Dim[] | undefined }[] {
  return values.map(({ key, value }) => {
    if (value.kind !== 'tensor') throw damaged(`output "${key.slice(0, 100)}" of the signature is no tensor`);
    return { name: key, from: converter.nameOf(value), element: value.element, shape: value.shape };
  });
}
