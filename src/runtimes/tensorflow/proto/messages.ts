/** A 64-bit integer as protobufjs gives it: two halves, or a number where it came from text. */
export type Int64 = number | { readonly low: number; readonly high: number };

export interface SavedModel {
  readonly saved_model_schema_version: Int64;
  readonly meta_graphs: readonly MetaGraphDef[];
}

export interface MetaGraphDef {
  readonly meta_info_def?: { readonly tags: readonly string[]; readonly tensorflow_version: string } | null;
  readonly graph_def?: GraphDef | null;
  readonly saver_def?: { readonly filename_tensor_name: string; readonly restore_op_name: string } | null;
  readonly collection_def: Readonly<Record<string, { readonly node_list?: { readonly value: readonly string[] } | null }>>;
  readonly signature_def: Readonly<Record<string, SignatureDef>>;
  readonly asset_file_def: readonly AssetFileDef[];
  readonly object_graph_def?: { readonly nodes: readonly SavedObject[] } | null;
}

export interface GraphDef {
  readonly node: readonly NodeDef[];
  readonly library?: { readonly function: readonly FunctionDef[] } | null;
}

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:output`, `node:argument:output` in functions, `^node` for order only. */
  readonly input: readonly string[];
  readonly attr: Attributes;
}

export type Attributes = Readonly<Record<string, AttrValue>>;

/** One of the members is set; the others are absent or null. */
export interface AttrValue {
  readonly list?: AttrList | null;
  readonly s?: Uint8Array | null;
  readonly i?: Int64 | null;
  readonly f?: number | null;
  readonly b?: boolean | null;
  readonly type?: number | null;
  readonly shape?: TensorShapeProto | null;
  readonly tensor?: TensorProto | null;
  readonly placeholder?: string | null;
  readonly func?: NameAttrList | null;
}

export interface AttrList {
  readonly s: readonly Uint8Array[];
  readonly i: readonly Int64[];
  readonly f: readonly number[];
  readonly b: readonly boolean[];
  readonly type: readonly number[];
  readonly shape: readonly TensorShapeProto[];
}

export interface NameAttrList {
  readonly name: string;
  readonly attr: Attributes;
}

export interface TensorShapeProto {
  readonly dim: readonly { readonly size: Int64 }[];
  readonly unknown_rank: boolean;
}

export interface TensorProto {
  readonly dtype: number;
  readonly tensor_shape?: TensorShapeProto | null;
  readonly tensor_content: Uint8Array | readonly number[];
  readonly float_val: readonly number[];
  readonly double_val: readonly number[];
  readonly int_val: readonly number[];
  readonly string_val: readonly Uint8Array[];
  readonly int64_val: readonly Int64[];
  readonly bool_val: readonly boolean[];
  readonly half_val: readonly number[];
  readonly uint32_val: readonly number[];
  readonly uint64_val: readonly Int64[];
}

export interface FunctionDef {
  readonly signature?: {
    readonly name: string;
    readonly input_arg: readonly { readonly name: string; readonly type: number }[];
    readonly output_arg: readonly { readonly name: string; readonly type: number }[];
  } | null;
  readonly node_def: readonly NodeDef[];
  readonly ret: Readonly<Record<string, string>>;
}

export interface SignatureDef {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  readonly method_name: string;
}

export interface TensorInfo {
  readonly name: string;
  readonly coo_sparse?: object | null;
  readonly composite_tensor?: object | null;
  readonly dtype: number;
  readonly tensor_shape?: TensorShapeProto | null;
}

export interface AssetFileDef {
  readonly tensor_info?: TensorInfo | null;
  readonly filename: string;
}

export interface SavedObject {
  readonly children: readonly ObjectReference[];
  readonly variable?: { readonly name: string } | null;
}

export interface ObjectReference {
  readonly node_id: number;
  readonly local_name: string;
}

export interface TrackableObjectGraph {
  readonly nodes: readonly {
    readonly children: readonly ObjectReference[];
    readonly attributes: readonly { readonly name: string; readonly full_name: string; readonly checkpoint_key: string }[];
  }[];
}

export interface BundleHeaderProto {
  readonly num_shards: number;
  readonly endianness: number;
}

export interface BundleEntryProto {
  readonly dtype: number;
  readonly shape?: TensorShapeProto | null;
  readonly shard_id: number;
  readonly offset: Int64;
  readonly size: Int64;
  readonly crc32c: number;
  readonly slices: readonly TensorSliceProto[];
}

export interface TensorSliceProto {
  /** One a dimension; without a length it is the whole dimension. */
  readonly extent: readonly { readonly start: Int64; readonly has_length?: string | undefined; readonly length: Int64 }[];
}

/** The integer, exact. */
export function toBigInt(value: Int64): bigint {
  return typeof value === 'number' ? BigInt(value) : BigInt.asIntN(64, (BigInt(value.high) << 32n) | BigInt(value.low >>> 0));
}

/** The integer as a number; sizes and positions beyond 2^53 lose their last bits and fail the checks of whoever reads them. */
export function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : value.high * 4_294_967_296 + (value.low >>> 0);
}
