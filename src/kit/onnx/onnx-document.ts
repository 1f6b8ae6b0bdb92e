import { readFields, readIntegers, readText, type WireField } from './protobuf.js';

/* Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
export const MODEL = { graph: 7, opsetImport: 8, metadata: 14 } as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
export const NODE = { input: 1, output: 2, opType: 4, attribute: 5 } as const;
export const ATTRIBUTE = { name: 1, integer: 3, text: 4, ints: 8, strings: 9, type: 20 } as const;
export const TENSOR = { dims: 1, dataType: 2, integers: 5, strings: 6, longs: 7, name: 8, raw: 9, external: 13, location: 14 } as const;
export const VALUE = { name: 1, type: 2 } as const;
export const TYPE = { tensor: 1, sequence: 4 } as const;

/** An operator of the graph. */
export interface NodeView {
  readonly field: WireField;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly (readonly WireField[])[];
}

/** An ONNX file by the places of its parts. */
export interface OnnxDocument {
  readonly bytes: Uint8Array;
  /** Of the model. */
  readonly fields: readonly WireField[];
  readonly graphField: WireField;
  /** Of the graph. */
  readonly graph: readonly WireField[];
  readonly nodes: readonly NodeView[];
  /** Constants of the graph, by name. */
  readonly initializers: ReadonlyMap<string, WireField>;
}

/** @returns `undefined` when the bytes are no ONNX model. */
export function readDocument(bytes: Uint8Array): OnnxDocument | undefined {
  const fields = readFields(bytes);
  const graphField = fields?.find(field => field.number === MODEL.graph && field.wireType === 2);
  const graph = graphField && readFields(bytes, graphField.start, graphField.end);
  if (!fields || !graph?.some(field => field.number === GRAPH.output && field.wireType === 2)) return undefined;
  return {
    bytes,
    fields,
    graphField: graphField!,
    graph,
    nodes: of(graph, GRAPH.node).map(field => readNode(bytes, field)),
    initializers: new Map(of(graph, GRAPH.initializer).map(field => [textOf(bytes, message(bytes, field), TENSOR.name), field])),
  };
}

function readNode(bytes: Uint8Array, field: WireField): NodeView {
  const fields = message(bytes, field);
  return {
    field,
    opType: textOf(bytes, fields, NODE.opType),
    inputs: of(fields, NODE.input).map(input => readText(bytes, input)),
    outputs: of(fields, NODE.output).map(output => readText(bytes, output)),
    attributes: of(fields, NODE.attribute).map(attribute => message(bytes, attribute)),
  };
}

/** The fields with a length in front that have this number. */
export function of(fields: readonly WireField[], number: number): WireField[] {
  return fields.filter(field => field.number === number && field.wireType === 2);
}

/** Fields of an embedded message; none where it cannot be read, since onnxruntime then says what is wrong. */
export function message(bytes: Uint8Array, field: WireField): WireField[] {
  return readFields(bytes, field.start, field.end) ?? [];
}

/** The first text with this number; empty when there is none. */
export function textOf(bytes: Uint8Array, fields: readonly WireField[], number: number): string {
  const field = of(fields, number)[0];
  return field ? readText(bytes, field) : '';
}

/** The first integer with this number. */
export function integerOf(bytes: Uint8Array, fields: readonly WireField[], number: number): number | undefined {
  const field = fields.find(candidate => candidate.number === number);
  const value = field && readIntegers(bytes, field)[0];
  return value === undefined ? undefined : Number(value);
}

/** What a graph declares of one of its inputs or outputs. */
export interface ValueView {
  readonly field: WireField;
  readonly name: string;
  /** Number of the element type of a tensor; of the tensors in a sequence where `isSequence`; 0 for anything else. */
  readonly type: number;
  readonly isSequence: boolean;
  readonly shape: readonly (number | undefined)[] | undefined;
}

/** The inputs or outputs of the graph, in order. */
export function readValues({ bytes, graph }: OnnxDocument, number: typeof GRAPH.input | typeof GRAPH.output): ValueView[] {
  return of(graph, number).map(field => {
    const value = message(bytes, field);
    const type = of(value, VALUE.type).flatMap(part => message(bytes, part));
    const sequence = of(type, TYPE.sequence)[0];
    const inner = sequence ? of(message(bytes, sequence), 1).flatMap(part => message(bytes, part)) : type;
    const tensor = of(inner, TYPE.tensor).flatMap(part => message(bytes, part));
    const shape = of(tensor, 2)[0];
    return {
      field,
      name: textOf(bytes, value, VALUE.name),
      type: integerOf(bytes, tensor, 1) ?? 0,
      isSequence: sequence !== undefined,
      shape: shape && of(message(bytes, shape), 1).map(dimension => positive(integerOf(bytes, message(bytes, dimension), 1))),
    };
  });
}

/** Exporters write 0 and -1, besides names and nothing, for a dimension that is open. */
function positive(size: number | undefined): number | undefined {
  return size !== undefined && size > 0 ? size : undefined;
}

/** The texts of `metadata_props`, which exporters and users write, by key. */
export function readMetadata({ bytes, fields }: OnnxDocument): ReadonlyMap<string, string> {
  return new Map(
    of(fields, MODEL.metadata).map(field => {
      const pair = message(bytes, field);
      return [textOf(bytes, pair, 1), textOf(bytes, pair, 2)];
    }),
  );
}
