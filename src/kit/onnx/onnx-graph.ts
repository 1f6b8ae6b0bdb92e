import protobuf from 'protobufjs';
import type { ElementType } from '../../spec/element-type.js';

/** A value of a node's attribute, by the name of its field in AttributeProto. */
export type OnnxAttribute =
  | { readonly i: number | bigint }
  | { readonly f: number }
  | { readonly s: string }
  | { readonly t: OnnxTensor }
  | { readonly g: OnnxGraph }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] };

/** One operator of a graph. An input that is left out is the empty name. */
export interface OnnxNode {
  readonly opType: string;
  /** The empty text, or `ai.onnx.ml`. */
  readonly domain?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>> | undefined;
}

/** A constant. */
export interface OnnxTensor {
  readonly name: string;
  readonly element: ElementType;
  readonly dims: readonly number[];
  /** The elements, little-endian and without gaps, row by row; or texts. */
  readonly data: Uint8Array | readonly string[];
}

/** An input or output of a graph; a dimension that is open is `undefined`, or a name that equal sizes share. */
export interface OnnxValue {
  readonly name: string;
  readonly element: ElementType;
  /** Absent where even the number of dimensions is open. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** What a model computes: nodes in an order in which each comes after those whose outputs it takes. */
export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

/** Version of the operators that graphs are written in: onnxruntime 1.17 and newer know it. */
export const ONNX_OPSET = 20;
/** Version of the operators of `ai.onnx.ml`. */
export const ONNX_ML_OPSET = 3;
const IR_VERSION = 9;

/** Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, as far as graphs are written. */
const SCHEMA = `
syntax = "proto3";
message ModelProto { int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7; repeated OperatorSet opset_import = 8; }
message OperatorSet { string domain = 1; int64 version = 2; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5; string domain = 7;
}
message AttributeProto {
  string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4; TensorProto t = 5; GraphProto g = 6;
  repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; int32 type = 20;
}
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; repeated bytes string_data = 6; string name = 8; optional bytes raw_data = 9; }
message ValueInfo { string name = 1; TypeProto type = 2; }
message TypeProto { TensorType tensor_type = 1; }
message TensorType { int32 elem_type = 1; optional TensorShape shape = 2; }
message TensorShape { repeated Dimension dim = 1; }
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
`;

/** Numbers of TensorProto.DataType. */
export const TYPE_CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

/** Numbers of AttributeProto.AttributeType. */
const ATTRIBUTE_CODES = { f: 1, i: 2, s: 3, t: 4, g: 5, floats: 6, ints: 7, strings: 8 } as const;

/** The bytes of an ONNX model that computes the graph. */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const { root } = protobuf.parse(SCHEMA, { keepCase: true });
  return root
    .lookupType('ModelProto')
    .encode({
      ir_version: IR_VERSION,
      producer_name: 'millrace',
      graph: graphMessage(graph),
      opset_import: [
        { domain: '', version: ONNX_OPSET },
        { domain: 'ai.onnx.ml', version: ONNX_ML_OPSET },
      ],
    })
    .finish();
}

type Message = Readonly<Record<string, unknown>>;

function graphMessage({ name, nodes, constants, inputs, outputs }: OnnxGraph): Message {
  return {
    name,
    node: nodes.map(nodeMessage),
    initializer: constants.map(tensorMessage),
    input: inputs.map(valueMessage),
    output: outputs.map(valueMessage),
  };
}

function nodeMessage({ opType, domain = '', inputs, outputs, attributes = {} }: OnnxNode, index: number): Message {
  return {
    input: inputs,
    output: outputs,
    name: `${opType}_${index}`,
    op_type: opType,
    domain,
    attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeMessage(value) })),
  };
}

function attributeMessage(value: OnnxAttribute): Message {
  const kind = Object.keys(value)[0] as keyof typeof ATTRIBUTE_CODES;
  return { [kind]: attributeValue(value), type: ATTRIBUTE_CODES[kind] };
}

function attributeValue(value: OnnxAttribute): unknown {
  if ('i' in value) return longOf(value.i);
  if ('f' in value) return value.f;
  if ('s' in value) return Buffer.from(value.s);
  if ('t' in value) return tensorMessage(value.t);
  if ('g' in value) return graphMessage(value.g);
  if ('ints' in value) return value.ints.map(longOf);
  if ('floats' in value) return value.floats;
  return value.strings.map(text => Buffer.from(text));
}

/** protobufjs takes a 64-bit integer as its halves. */
function longOf(value: number | bigint): protobuf.Long {
  const whole = BigInt(value);
  return { low: Number(BigInt.asIntN(32, whole)), high: Number(BigInt.asIntN(32, whole >> 32n)), unsigned: false };
}

function tensorMessage({ name, element, dims, data }: OnnxTensor): Message {
  const values = data instanceof Uint8Array ? { raw_data: data } : { string_data: data.map(text => Buffer.from(text)) };
  return { name, dims: dims.map(longOf), data_type: TYPE_CODES[element], ...values };
}

function valueMessage({ name, element, shape }: OnnxValue): Message {
  const dimensions = shape?.map(size => (typeof size === 'number' ? { dim_value: longOf(size) } : { dim_param: size ?? '' }));
  const tensor = { elem_type: TYPE_CODES[element], ...(dimensions && { shape: { dim: dimensions } }) };
  return { name, type: { tensor_type: tensor } };
}
