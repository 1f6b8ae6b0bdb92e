import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { savedModelSchema } from './proto/saved-model-schema.js';

/** A message as protobufjs takes it. */
export type Message = Readonly<Record<string, unknown>>;

/** DataTypes by their numbers. */
export const FLOAT = 1;
export const INT32 = 3;
export const STRING = 7;
export const INT64 = 9;

export function shape(...sizes: readonly number[]): Message {
  return { dim: sizes.map(size => ({ size })) };
}

/** A scalar or vector of floats. */
export function floatConstant(name: string, values: readonly number[]): Message {
  return {
    name,
    op: 'Const',
    attr: {
      dtype: { type: FLOAT },
      value: { tensor: { dtype: FLOAT, tensor_shape: shape(...(values.length === 1 ? [] : [values.length])), float_val: values } },
    },
  };
}

export function textConstant(name: string, values: readonly string[]): Message {
  return {
    name,
    op: 'Const',
    attr: {
      dtype: { type: STRING },
      value: { tensor: { dtype: STRING, tensor_shape: shape(values.length), string_val: values.map(text => Buffer.from(text)) } },
    },
  };
}

export function intConstant(name: string, values: readonly number[]): Message {
  return {
    name,
    op: 'Const',
    attr: { dtype: { type: INT32 }, value: { tensor: { dtype: INT32, tensor_shape: shape(values.length), int_val: values } } },
  };
}

export interface WrittenModel {
  readonly nodes: readonly Message[];
  readonly functions?: readonly Message[];
  readonly inputs: Readonly<Record<string, Message>>;
  readonly outputs: Readonly<Record<string, Message>>;
  readonly more?: Message;
  readonly assets?: Readonly<Record<string, string>>;
}

/** An input or output of a signature: a row of floats by default. */
export function tensorInfo(name: string, dtype = FLOAT, ...sizes: readonly number[]): Message {
  return { name, dtype, tensor_shape: shape(-1, ...sizes) };
}

/** Writes a SavedModel made by hand, and gives its folder. */
export function writeSavedModel({ nodes, functions = [], inputs, outputs, more = {}, assets = {} }: WrittenModel): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tensorflow-'));
  const graph = {
    meta_info_def: { tags: ['serve'], tensorflow_version: '2' },
    graph_def: { node: nodes, library: { function: functions } },
    signature_def: { serving_default: { inputs, outputs } },
    ...more,
  };
  const type = savedModelSchema().lookupType('SavedModel');
  writeFileSync(
    join(folder, 'saved_model.pb'),
    type.encode(type.fromObject({ saved_model_schema_version: 1, meta_graphs: [graph] })).finish(),
  );
  mkdirSync(join(folder, 'assets'));
  for (const [name, text] of Object.entries(assets)) writeFileSync(join(folder, 'assets', name), text);
  return folder;
}
