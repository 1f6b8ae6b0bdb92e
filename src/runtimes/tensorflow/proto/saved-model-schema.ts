import protobuf from 'protobufjs';

/**
 * The messages of a SavedModel that are read here, with TensorFlow's own field numbers
 * (tensorflow/core/protobuf and tensorflow/core/framework). Other fields are skipped.
 */
const SCHEMA = `
syntax = "proto3";
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
message MetaGraphDef {
  message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; bool stripped_default_attrs = 7; }
  MetaInfoDef meta_info_def = 1;
  GraphDef graph_def = 2;
  SaverDef saver_def = 3;
  map<string, CollectionDef> collection_def = 4;
  map<string, SignatureDef> signature_def = 5;
  repeated AssetFileDef asset_file_def = 6;
  SavedObjectGraph object_graph_def = 7;
}
message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; }
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message AttrValue {
  message ListValue {
    repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated bool b = 5; repeated int32 type = 6;
    repeated TensorShapeProto shape = 7; repeated TensorProto tensor = 8; repeated NameAttrList func = 9;
  }
  oneof value {
    ListValue list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6;
    TensorShapeProto shape = 7; TensorProto tensor = 8; string placeholder = 9; NameAttrList func = 10;
  }
}
message NameAttrList { string name = 1; map<string, AttrValue> attr = 2; }
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; repeated float float_val = 5;
  repeated double double_val = 6; repeated int32 int_val = 7; repeated bytes string_val = 8; repeated int64 int64_val = 10;
  repeated bool bool_val = 11; repeated int32 half_val = 13; repeated uint32 uint32_val = 16; repeated uint64 uint64_val = 17;
}
message FunctionDefLibrary { repeated FunctionDef function = 1; }
message FunctionDef {
  OpDef signature = 1; repeated NodeDef node_def = 3; map<string, string> ret = 4; map<string, AttrValue> attr = 5;
}
message OpDef {
  message ArgDef { string name = 1; int32 type = 3; }
  string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3;
}
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
message TensorInfo {
  message CooSparse { string values_tensor_name = 1; string indices_tensor_name = 2; string dense_shape_tensor_name = 3; }
  message CompositeTensor { bytes type_spec = 1; }
  oneof encoding { string name = 1; CooSparse coo_sparse = 4; CompositeTensor composite_tensor = 5; }
  int32 dtype = 2; TensorShapeProto tensor_shape = 3;
}
message SaverDef { string filename_tensor_name = 1; string save_tensor_name = 2; string restore_op_name = 3; }
message CollectionDef {
  message NodeList { repeated string value = 1; }
  oneof kind { NodeList node_list = 1; }
}
message AssetFileDef { TensorInfo tensor_info = 1; string filename = 2; }
message ObjectReference { int32 node_id = 1; string local_name = 2; }
message SavedObjectGraph { repeated SavedObject nodes = 1; }
message SavedObject {
  message SavedVariable { int32 dtype = 1; TensorShapeProto shape = 2; string name = 6; }
  message SavedAsset { int32 asset_file_def_index = 1; }
  repeated ObjectReference children = 1;
  oneof kind { SavedAsset asset = 5; SavedVariable variable = 7; }
}
message TrackableObjectGraph {
  message TrackableObject {
    message SerializedTensor { string name = 1; string full_name = 2; string checkpoint_key = 3; }
    repeated ObjectReference children = 1; repeated SerializedTensor attributes = 2;
  }
  repeated TrackableObject nodes = 1;
}
message BundleHeaderProto { int32 num_shards = 1; int32 endianness = 2; }
message BundleEntryProto {
  int32 dtype = 1; TensorShapeProto shape = 2; int32 shard_id = 3; int64 offset = 4; int64 size = 5; fixed32 crc32c = 6;
  repeated TensorSliceProto slices = 7;
}
message TensorSliceProto {
  message Extent { int64 start = 1; oneof has_length { int64 length = 2; } }
  repeated Extent extent = 1;
}
`;

/** The messages that stand at the head of a file or an entry. */
export type MessageName = 'SavedModel' | 'TrackableObjectGraph' | 'BundleHeaderProto' | 'BundleEntryProto';

/** A new instance of the schema; reading a model makes one and drops it with the messages. */
export function savedModelSchema(): protobuf.Root {
  return protobuf.parse(SCHEMA, { keepCase: true }).root;
}
